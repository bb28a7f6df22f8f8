//! The documentation shows the expansions that the macros make.
//!
//! `UPDATE_EXPANSIONS=1 cargo test -p telemetry-macros` writes them.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{File, Item, Meta};

use crate::annotation::Annotation;
use crate::attribute::expand;
use crate::model::private_module;

const DOCUMENT: &str = "src/expansion.md";

/// The lines of a code block that rustdoc shows. A hidden line begins with `# `.
fn shown(block: &str) -> String {
    block
        .lines()
        .filter(|line| !line.starts_with("# "))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// A code block with other shown lines, between the hidden imports and the hidden calls.
fn with_shown(block: &str, shown: &str) -> String {
    let hidden = block.lines().filter(|line| line.starts_with("# "));
    let (imports, calls): (Vec<&str>, Vec<&str>) =
        hidden.partition(|line| line.starts_with("# use "));
    let lines = |lines: Vec<&str>| {
        lines
            .iter()
            .flat_map(|line| [*line, "\n"])
            .collect::<String>()
    };
    [&lines(imports), shown, &lines(calls)].concat()
}

/// Shortens the path of the runtime's hidden module to `__private`, as the documentation says.
fn shortened(expansion: &TokenStream) -> String {
    let path = format!(":: telemetry_runtime :: {}", private_module());
    expansion.to_string().replace(&path, "__private")
}

/// Expands the annotated function of a code block and prints all items of the block.
fn expanded(block: &str) -> String {
    let mut file: File = syn::parse_str(&shown(block)).expect("a code block parses");
    for item in &mut file.items {
        let Item::Fn(function) = item else { continue };
        let outermost = function.attrs.remove(0);
        let annotation = match outermost.path().to_token_stream().to_string().as_str() {
            "telemetry_span" => Annotation::TelemetrySpan,
            "session_usage" => Annotation::SessionUsage,
            other => panic!("`{other}` is not an attribute of this crate"),
        };
        let arguments = match outermost.meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let tokens = expand(annotation, arguments, quote!(#function), true);
        *item = syn::parse_str(&shortened(&tokens)).expect("an expansion parses");
    }
    prettyplease::unparse(&file)
}

#[test]
fn the_documentation_shows_the_real_expansions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let document = fs::read_to_string(&path).unwrap();
    let mut parts: Vec<String> = document.split("```\n").map(str::to_owned).collect();
    // Text and code blocks alternate, and an input is followed by its expansion.
    assert_eq!(parts.len() % 4, 1, "each input has an expansion");
    for at in (1..parts.len()).step_by(4) {
        parts[at + 2] = with_shown(&parts[at + 2], &expanded(&parts[at]));
    }
    let expected = parts.join("```\n");
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert_eq!(document, expected, "{DOCUMENT} differs from the expansions");
    }
}
