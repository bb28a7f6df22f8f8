//! Nothing: the tests are in `tests/`, one file for each accepted shape and for each mistake.
