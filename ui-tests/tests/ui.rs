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

/// What rustc says of the body is what it says of a bare function, in every build.
#[test]
fn messages_of_rustc_point_at_the_tokens_of_the_user() {
    trybuild::TestCases::new().compile_fail("tests/rustc/**/*.rs");
}

/// What it says a little differently where the body was expanded.
#[test]
#[cfg(any(feature = "macros", feature = "enabled"))]
fn messages_of_rustc_about_an_expansion() {
    trybuild::TestCases::new().compile_fail("tests/expanded/**/*.rs");
}

/// Mistakes in types are found where telemetry is compiled in.
#[test]
#[cfg(feature = "enabled")]
fn every_mistake_in_a_type_has_its_message() {
    trybuild::TestCases::new().compile_fail("tests/enabled/**/*.rs");
}
