//! One file for each accepted shape, one for each mistake.
//!
//! `TRYBUILD=overwrite cargo test -p ui-tests` writes the snapshots: read each as its victim would.

#[test]
fn what_is_right_compiles_and_runs() {
    trybuild::TestCases::new().pass("tests/accept/**/*.rs");
}

#[test]
fn every_mistake_has_its_message_in_every_build() {
    trybuild::TestCases::new().compile_fail("tests/fail/**/*.rs");
}
