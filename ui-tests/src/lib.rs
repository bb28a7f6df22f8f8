//! An empty library: the tests are in `tests/`, with one file for each accepted shape and each mistake.
