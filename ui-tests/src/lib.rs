//! Code that several tests use. The tests are in `tests/`, with one file for each accepted shape and each mistake.

pub mod log;
