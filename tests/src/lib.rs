//! Whole processes, real files, real servers.
