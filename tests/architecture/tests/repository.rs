//! The checks, run over this repository.

use std::path::Path;
use std::sync::LazyLock;

use architecture_tests::{
    Exception, Forbidden, Source, Workspace, circles, forbidden_paths, layers, lint_exceptions,
    long_files, missing_names, repeated_types, stale_names,
};

/// Type names that a crate may define twice, each with the reason.
const REPEATED_TYPES: &[Exception] = &[];

/// Paths that the lowest crates may not use.
const FORBIDDEN: &[Forbidden] = &[
    Forbidden {
        package: "telemetry-schema",
        path: "std::fs",
        reason: "telemetry-schema has no file system; move the code to telemetry-store",
    },
    Forbidden {
        package: "telemetry-text",
        path: "std::fs",
        reason: "telemetry-text formats text; move the code to telemetry-store or to the caller",
    },
];

/// The names whose layers ARCHITECTURE.md has to declare.
const LAYERED: &[&str] = &["crates", "telemetry-runtime/src/enabled"];

/// The files of this repository, read and parsed once.
static REPOSITORY: LazyLock<(Source, Workspace)> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = Source::read(&root).expect("the repository is readable");
    let workspace = Workspace::parse(&source).unwrap_or_else(|message| panic!("{message}"));
    (source, workspace)
});

fn expect_none(messages: &[String]) {
    assert!(messages.is_empty(), "\n\n{}\n", messages.join("\n\n"));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let (_, workspace) = &*REPOSITORY;
    expect_none(&circles(workspace));
}

#[test]
fn no_layer_uses_a_layer_above_it() {
    let (source, workspace) = &*REPOSITORY;
    expect_none(&layers(source, workspace, LAYERED));
}

#[test]
fn the_lowest_crates_use_no_files() {
    let (_, workspace) = &*REPOSITORY;
    expect_none(&forbidden_paths(workspace, FORBIDDEN));
}

#[test]
fn a_crate_defines_each_type_name_once() {
    let (_, workspace) = &*REPOSITORY;
    expect_none(&repeated_types(workspace, REPEATED_TYPES));
}

#[test]
fn no_file_of_production_code_is_too_long() {
    let (source, workspace) = &*REPOSITORY;
    expect_none(&long_files(source, workspace));
}

#[test]
fn lint_exceptions_have_a_reason() {
    let (_, workspace) = &*REPOSITORY;
    expect_none(&lint_exceptions(workspace));
}

#[test]
fn names_in_the_architecture_document_exist() {
    let (source, workspace) = &*REPOSITORY;
    expect_none(&missing_names(source, workspace));
}

#[test]
fn names_in_the_documents_exist() {
    let (source, workspace) = &*REPOSITORY;
    expect_none(&stale_names(source, workspace));
}
