//! The checks, run over small trees in memory.

use crate::{
    Exception, Forbidden, Source, Workspace, circles, forbidden_paths, layers, lint_exceptions,
    long_files, missing_names, repeated_types, stale_names,
};

const MANIFEST: (&str, &str) = ("Cargo.toml", "[workspace]\nmembers = [\"a\"]");
const PACKAGE: (&str, &str) = ("a/Cargo.toml", "[package]\nname = \"a\"");

/// A workspace of one crate `a` with these files in `a/src`.
fn parse(files: &[(&str, &str)]) -> (Source, Workspace) {
    let paths: Vec<String> = files
        .iter()
        .map(|(path, _)| format!("a/src/{path}"))
        .collect();
    let texts = files.iter().map(|(_, text)| *text);
    let mut all: Vec<(&str, &str)> = paths.iter().map(String::as_str).zip(texts).collect();
    all.extend([MANIFEST, PACKAGE]);
    let source = Source::of(&all);
    let workspace = Workspace::parse(&source).expect("the tree parses");
    (source, workspace)
}

fn circles_in(files: &[(&str, &str)]) -> Vec<String> {
    circles(&parse(files).1)
}

#[test]
fn a_circle_is_reported_with_its_imports() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;"),
        ("b.rs", "use crate::c::C;\npub struct B(C);"),
        (
            "c.rs",
            "\npub struct C;\nimpl C { fn b() -> super::b::B { todo!() } }",
        ),
    ]);
    assert_eq!(
        found,
        [
            "a: 2 files use each other in a circle. Move the items that both sides need to a file \
             below them, or pass them in as arguments.\
             \n  a/src/b.rs:1 uses a/src/c.rs: C\
             \n  a/src/c.rs:3 uses a/src/b.rs: B"
        ]
    );
}

#[test]
fn files_in_one_direction_are_no_circle() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;\nmod d;"),
        ("b.rs", "use crate::c;\nuse crate::d;"),
        ("c.rs", "use crate::d::D;"),
        ("d.rs", "pub struct D;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_circle_through_three_files_is_found() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;\nmod d;"),
        ("b.rs", "use super::c::C;"),
        ("c.rs", "use super::d::D; pub struct C;"),
        ("d.rs", "use super::b; pub struct D;"),
    ]);
    assert!(found[0].starts_with("a: 3 files"), "{found:?}");
}

#[test]
fn a_parent_and_its_child_may_use_each_other() {
    let found = circles_in(&[
        ("lib.rs", "mod b;"),
        ("b/mod.rs", "mod c;\nuse c::C;\npub struct B(C);"),
        ("b/c.rs", "use super::B;\npub struct C;\ntype Owner = B;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;\npub use b::B;"),
        ("b.rs", "use crate::c::C;\npub struct B(C);"),
        ("c.rs", "use crate::B;\npub struct C;"),
    ]);
    assert!(
        found[0].contains("a/src/c.rs:1 uses a/src/b.rs: B"),
        "{found:?}"
    );
}

#[test]
fn a_circle_through_a_glob_is_found() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;\npub use b::*;"),
        ("b.rs", "use crate::c::C;\npub struct B(C);"),
        ("c.rs", "use crate::B;\npub struct C;"),
    ]);
    assert_eq!(found.len(), 1);
}

#[test]
fn paths_in_macros_attributes_and_inline_modules_count() {
    for text in [
        "fn b() { println!(\"{}\", crate::b::f()); }",
        "macro_rules! b { () => { $crate::b::f() } }",
        "#[serde(with = \"crate::b::f\")] struct S;",
        "mod inner { use super::super::b::f; }",
        "use crate::b as other;",
        "fn f() { use crate::b::f; }",
        "fn f(_: impl Into<crate::b::B>) {}",
    ] {
        let found = circles_in(&[
            ("lib.rs", "mod b;\nmod c;"),
            ("b.rs", "use crate::c::C;"),
            ("c.rs", text),
        ]);
        assert_eq!(found.len(), 1, "{text}");
    }
}

#[test]
fn test_code_does_not_count() {
    for text in [
        "#[cfg(test)] mod tests { use crate::b::f; }",
        "#[cfg(all(test, unix))] fn f() { crate::b::f() }",
        "struct S; impl S { #[cfg(test)] fn f() { crate::b::f() } }",
        "#[cfg(test)] mod tests;",
        "// crate::b::f()\n/// See crate::b::f().\nstruct S;",
    ] {
        let found = circles_in(&[
            ("lib.rs", "mod b;\nmod c;"),
            ("b.rs", "use crate::c::C;"),
            ("c.rs", text),
            ("c/tests.rs", "use crate::b::f;"),
        ]);
        assert_eq!(found, [""; 0], "{text}");
    }
}

// rustc rejects such imports; without a limit the walk would overflow the stack.
#[test]
fn re_exports_in_a_circle_end_the_walk() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;"),
        ("b.rs", "pub use crate::c::X;"),
        ("c.rs", "pub use crate::b::X;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_re_exporting_file_is_not_used_by_the_users_of_its_re_exports() {
    let found = circles_in(&[
        ("lib.rs", "mod b;\nmod c;"),
        ("b/mod.rs", "mod d;\npub use d::D;\nuse crate::c::C;"),
        ("b/d.rs", "pub struct D;"),
        ("c.rs", "use crate::b::D;\npub struct C;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_module_has_the_name_of_its_file() {
    let source = Source::of(&[
        MANIFEST,
        PACKAGE,
        ("a/src/lib.rs", "\n#[path = \"b/mod.rs\"] mod other;"),
        ("a/src/b/mod.rs", ""),
    ]);
    let message = Workspace::parse(&source).expect_err("a `#[path]` is refused");
    assert_eq!(
        message,
        "a/src/lib.rs:2: the module `other` has a `#[path]`; name its file or folder `other` and \
         remove the attribute"
    );
}

#[test]
fn a_module_without_a_file_is_reported() {
    let source = Source::of(&[MANIFEST, PACKAGE, ("a/src/lib.rs", "mod b;")]);
    let message = Workspace::parse(&source).expect_err("the file is missing");
    assert_eq!(
        message,
        "a/src/lib.rs:1: the module `b` has no file; expected a/src/b.rs or a/src/b/mod.rs"
    );
}

fn layers_in(map: &str, files: &[(&str, &str)], required: &[&str]) -> Vec<String> {
    let (mut source, workspace) = parse(files);
    source.insert("ARCHITECTURE.md", map);
    layers(&source, &workspace, required)
}

#[test]
fn a_lower_layer_may_not_use_a_higher_one() {
    let map = "```layers a/src\nlow\nhigh\n```\n";
    let files = [
        ("lib.rs", "mod low;\nmod high;"),
        ("low/mod.rs", "mod deep;"),
        ("low/deep.rs", "\nuse crate::high::H;"),
        ("high.rs", "pub struct H;"),
    ];
    assert_eq!(
        layers_in(map, &files, &["a/src"]),
        [
            "a/src: `low` (layer 1) uses `high` (layer 2), which is above it. Move what it needs \
             to a lower layer, or pass it in as an argument:\
             \n    a/src/low/deep.rs:2 uses a/src/high.rs: H"
        ]
    );
}

#[test]
fn a_higher_layer_may_use_a_lower_one_and_its_own() {
    let map = "```layers a/src\nlow\nhigh other\n```\n";
    let files = [
        ("lib.rs", "mod low;\nmod high;\nmod other;"),
        ("low.rs", "pub struct L;"),
        ("high.rs", "use crate::{low::L, other::O};"),
        ("other.rs", "use crate::low::L; pub struct O;"),
    ];
    assert_eq!(layers_in(map, &files, &["a/src"]), [""; 0]);
}

#[test]
fn modules_of_a_layer_may_not_use_each_other_in_a_circle() {
    let map = "```layers a/src\nb c\n```\n";
    let files = [
        ("lib.rs", "mod b;\nmod c;"),
        ("b/mod.rs", "mod deep;\npub struct B;"),
        ("b/deep.rs", "use crate::c::C;"),
        ("c.rs", "use crate::b::B;\npub struct C;"),
    ];
    let found = layers_in(map, &files, &["a/src"]);
    assert!(
        found[0].starts_with("a/src: b, c use each other in a circle."),
        "{found:?}"
    );
}

#[test]
fn every_module_is_in_one_layer() {
    let map = "```layers a/src\ngone b b\n```\n";
    let files = [("lib.rs", "mod b;\nmod c;"), ("b.rs", ""), ("c.rs", "")];
    assert_eq!(
        layers_in(map, &files, &["a/src", "crates"]),
        [
            "ARCHITECTURE.md: no block of code begins with ```` ```layers crates ````; add it, \
             with one layer a line",
            "ARCHITECTURE.md: `c` is in no layer of a/src; add it to the block \
             ```` ```layers a/src ````",
            "ARCHITECTURE.md: the block ```` ```layers a/src ```` names `gone`, which does not \
             exist; remove it or write its new name",
            "ARCHITECTURE.md: the block ```` ```layers a/src ```` names `b` twice",
        ]
    );
}

#[test]
fn crates_have_layers_as_well() {
    let source = Source::of(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]"),
        (
            "a/Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nother = { package = \"b\" }",
        ),
        (
            "b/Cargo.toml",
            "[package]\nname = \"b\"\n[dev-dependencies]\na = \"1\"",
        ),
        ("ARCHITECTURE.md", "```layers crates\na\nb\n```\n"),
    ]);
    let workspace = Workspace::parse(&source).expect("the tree parses");
    let found = layers(&source, &workspace, &["crates"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("a/Cargo.toml depends on `b`"),
        "{found:?}"
    );
}

#[test]
fn a_forbidden_path_is_reported() {
    let (_, workspace) = parse(&[
        ("lib.rs", "mod b;\nuse std::{fs::File, path::Path};"),
        (
            "b.rs",
            "\nfn f() { std::fs::read(\"x\"); }\n#[cfg(test)] use std::fs;",
        ),
    ]);
    let rule = |package| Forbidden {
        package,
        path: "std::fs",
        reason: "it may not",
    };
    let found = forbidden_paths(&workspace, &[rule("a"), rule("b")]);
    assert_eq!(
        found,
        [
            "a/src/lib.rs:2 uses `std::fs`, but it may not",
            "a/src/b.rs:2 uses `std::fs`, but it may not",
        ]
    );
}

#[test]
fn a_type_name_defined_twice_is_reported() {
    let (_, workspace) = parse(&[
        ("lib.rs", "mod b;\nmod c;\nmod d;"),
        ("b.rs", "struct Part;"),
        ("c.rs", "\nfn f() { enum Part {} }"),
        (
            "d.rs",
            "pin_project! { struct Part { field: u8 } }\nquote! { struct Part; }",
        ),
    ]);
    assert_eq!(
        repeated_types(&workspace, &[]),
        [
            "a: the type name `Part` is defined at a/src/b.rs:1, a/src/c.rs:2, a/src/d.rs:1. Name \
             each type for what it is, or merge the types."
        ]
    );
    let exceptions = ["Part", "Gone"].map(|name| Exception {
        package: "a",
        name,
        reason: "",
    });
    assert_eq!(
        repeated_types(&workspace, &exceptions),
        ["a: the exception for `Gone` is not needed any more; remove it"]
    );
}

#[test]
fn types_of_builds_that_exclude_each_other_may_share_a_name() {
    let (_, workspace) = parse(&[
        (
            "lib.rs",
            "#[cfg(feature = \"on\")] mod on;\n#[cfg(not(feature = \"on\"))] mod off;\n\
             #[cfg(unix)] type Handle = i32;\n#[cfg(windows)] type Handle = isize;\n\
             #[cfg(not(any(unix, windows)))] type Handle = ();\n#[cfg(test)] struct Guard;",
        ),
        ("on/mod.rs", "mod guard;"),
        ("on/guard.rs", "struct Guard;"),
        ("off.rs", "struct Guard;"),
    ]);
    assert_eq!(repeated_types(&workspace, &[]), [""; 0]);
}

#[test]
fn a_lint_exception_needs_a_reason() {
    let (_, workspace) = parse(&[(
        "lib.rs",
        "#![allow(dead_code)]\n#[expect(unused)] fn f() {}\n\
         #[expect(unused, reason = \"it is not used\")] fn g() {}\n\
         impl S { #[allow(clippy::all)] fn h() {} }\n#[cfg(test)] mod tests { #![allow(unused)] }\n\
         fn generated() { quote! { #[allow(unused)] fn i() {} } }",
    )]);
    let mut found = lint_exceptions(&workspace);
    found.sort();
    let starts = [
        "1: found `#[allow(dead_code)]`",
        "2: found `#[expect(unused)]`",
        "4: found",
    ];
    assert_eq!(found.len(), starts.len(), "{found:?}");
    for (message, start) in found.iter().zip(starts) {
        assert!(
            message.starts_with(&format!("a/src/lib.rs:{start}")),
            "{message}"
        );
    }
}

#[test]
fn a_long_file_is_reported() {
    let code = "const X: u8 = 0;\n".repeat(crate::MAX_LINES);
    let documented = format!("//! Many words.\n/// More words.\n{code}");
    let tested = format!("{code}#[cfg(test)]\nmod tests {{\n{code}}}\n");
    let long = format!("// A comment counts.\n{code}");
    let (source, workspace) = parse(&[
        ("lib.rs", "mod documented;\nmod tested;\nmod long;"),
        ("documented.rs", &documented),
        ("tested.rs", &tested),
        ("long.rs", &long),
    ]);
    assert_eq!(
        long_files(&source, &workspace),
        [
            "a/src/long.rs: 401 lines without documentation; expected at most 400. Find the \
             second thing that the file does and move it to a file of its own."
        ]
    );
}

#[test]
fn names_in_the_map_have_to_exist() {
    let map = "\
| module | holds |
|---|---|
| `b`, `gone` | `B`, `Gone`, `config.toml`, lower-case words such as `gone` |
| `a/src/b.rs` | `b::B::make`, `b::gone`, `std::gone`, `a::b::B`, `src/gone.rs`, `is_gone` |

    b::B::make      a step
    b::left         a step
    word            no name
";
    let (mut source, workspace) = parse(&[
        ("lib.rs", "mod b;"),
        (
            "b.rs",
            "struct B; impl B { fn make() -> &'static str { \"config.toml\" } }",
        ),
    ]);
    source.insert("ARCHITECTURE.md", map);
    let found = missing_names(&source, &workspace);
    let expected = [
        "3: `gone` does not exist; expected a crate or a module",
        "3: `Gone` does not exist; expected a name that occurs in the source",
        "4: `b::gone` does not exist; expected a module of a crate, or an item of a module",
        "4: `src/gone.rs` does not exist; expected a file or a directory of this repository",
        "4: `is_gone` does not exist; expected a name that occurs in the source",
        "7: `b::left` does not exist; expected a module of a crate, or an item of a module",
    ];
    assert_eq!(
        found,
        expected.map(|text| format!("ARCHITECTURE.md:{text}"))
    );
}

#[test]
fn names_in_the_documents_have_to_exist() {
    let (mut source, workspace) = parse(&[("lib.rs", "fn is_there() {}")]);
    source.insert(
        "docs/guide.md",
        "`is_there`, `is_gone`, `O_GONE`, `a/src/lib.rs`, `/v1/x`",
    );
    source.insert("README.md", "\n`a/src/gone.rs`, `word`, is_gone");
    source.insert("other.md", "`is_gone`");
    assert_eq!(
        stale_names(&source, &workspace),
        [
            "README.md:2: `a/src/gone.rs` does not occur in the source; write its new name or \
             remove it",
            "docs/guide.md:1: `is_gone` does not occur in the source; write its new name or \
             remove it",
        ]
    );
}
