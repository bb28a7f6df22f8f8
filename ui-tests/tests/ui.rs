//! Compiles one file for each accepted shape, and one for each mistake.
//!
//! `TRYBUILD=overwrite cargo test -p ui-tests` writes the snapshots. Read each changed message as its user would.

#[test]
fn accepted_shapes_compile_and_run() {
    trybuild::TestCases::new().pass("tests/accept/**/*.rs");
}

#[test]
fn mistakes_have_the_same_message_in_every_build() {
    trybuild::TestCases::new().compile_fail("tests/fail/**/*.rs");
}

/// Messages of rustc about a body are those about a bare function, in every build.
#[test]
fn messages_of_rustc_underline_the_tokens_of_the_user() {
    trybuild::TestCases::new().compile_fail("tests/rustc/**/*.rs");
}

/// Messages of rustc that differ a little for an expanded body.
#[test]
#[cfg(any(feature = "macros", feature = "enabled"))]
fn messages_of_rustc_about_an_expansion() {
    trybuild::TestCases::new().compile_fail("tests/expanded/**/*.rs");
}

/// Errors of types, which are reported if telemetry is compiled in.
#[test]
#[cfg(feature = "enabled")]
fn errors_of_types_have_their_message() {
    trybuild::TestCases::new().compile_fail("tests/enabled/**/*.rs");
}
