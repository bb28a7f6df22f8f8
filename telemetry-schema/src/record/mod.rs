//! One type per record.
