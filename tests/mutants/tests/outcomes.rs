//! The outcome of each kind of mutant, in a small package.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const CODE: &str = "\
pub fn both(right: bool, left: bool) -> bool {
    right && left
}
pub fn larger(a: u32, limit: u32) -> bool {
    a > limit
}
pub fn negated(a: bool) -> bool {
    !a
}
pub fn kind(of: u32) -> u32 {
    match of {
        1 => 10,
        2 if of > 0 => 20,
        _ => 0,
    }
}
pub const fn constant(a: u32) -> u32 {
    a + 1
}
pub fn text() -> &'static str {
    \"text\"
}
#[test]
fn results() {
    assert!(both(true, true) && !both(true, false) && !both(false, true));
    assert!(larger(2, 1) && !larger(1, 2));
    assert!(negated(false));
    assert_eq!((kind(1), kind(2), kind(3)), (10, 20, 0));
    assert_eq!((constant(1), text()), (2, \"text\"));
    assert!(std::path::Path::new(\"src/lib.rs\").exists());
}
";

/// Returns a mutant as cargo-mutants lists it: the first place of a text that is replaced.
fn mutant(genre: &str, name: &str, at: &str, replacement: &str) -> Value {
    let (line, text) = (1..)
        .zip(CODE.lines())
        .find(|(_, line)| line.contains(at))
        .expect("a line");
    let column = text.find(at).expect("a column") + 1;
    let place = |column: usize| json!({"line": line, "column": column});
    json!({
        "file": "src/lib.rs",
        "genre": genre,
        "name": name,
        "replacement": replacement,
        "span": {"start": place(column), "end": place(column + at.len())},
    })
}

#[test]
fn each_mutant_has_its_outcome() {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
    fs::create_dir_all(package.join("src")).expect("a directory");
    let manifest =
        "[workspace]\n[package]\nname = \"small\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(package.join("Cargo.toml"), manifest).expect("room");
    fs::write(package.join("src/lib.rs"), CODE).expect("room");
    let list = [
        mutant("BinaryOperator", "and as or", "&& left", "||"),
        mutant("BinaryOperator", "larger as smaller", "> limit", "<"),
        mutant("BinaryOperator", "larger or equal", "> limit", ">="),
        mutant("UnaryOperator", "without not", "!a", ""),
        mutant("MatchArm", "arm", "1 => 10", ""),
        mutant("MatchArmGuard", "guard as true", "of > 0", "true"),
        mutant("MatchArmGuard", "guard as false", "of > 0", "false"),
        mutant("BinaryOperator", "constant", "+ 1", "-"),
        mutant("FnValue", "another text", "\"text\"", "\"\""),
        mutant("FnValue", "no text", "\"text\"", "1"),
    ];
    let path = package.join("list.json");
    fs::write(&path, Value::from(list.to_vec()).to_string()).expect("room");
    let output = Command::new(env!("CARGO_BIN_EXE_mutants"))
        .arg(&path)
        .arg(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .output()
        .expect("the program");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "10 mutants, 1 unviable, 1 not run\n\
         Survived 2 larger or equal\n\
         Survived 5 guard as true\n\
         NotRun 7 constant\n\
         8 run: 6 killed, 0 timeouts, 2 survived\n",
        "{errors}"
    );
}
