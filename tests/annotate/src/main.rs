//! Puts an attribute on every function of the Rust files below some paths, in place.
//!
//!     annotate PREFIX ATTRIBUTE PATH…
//!
//! In the attribute, `{}` stands for the span name, which is the prefix and the function's name. Prints the numbers
//! of functions that were annotated and skipped. `scripts/annotate-crates` runs this program.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use annotate::{Attribute, Skipped, rewrite};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prefix, text, paths @ ..] = arguments.as_slice() else {
        eprintln!("usage: annotate PREFIX ATTRIBUTE PATH…");
        return ExitCode::from(2);
    };
    let attribute = Attribute { text, prefix };
    let mut total = (0, Skipped::default());
    for path in paths {
        if let Err(error) = annotate_path(Path::new(path), attribute, &mut total) {
            eprintln!("annotate: {error}");
            return ExitCode::FAILURE;
        }
    }
    println!("annotated {}\n{}", total.0, total.1);
    ExitCode::SUCCESS
}

/// Annotates a file, or the Rust files of a directory and of those in it, and adds up the numbers in `total`.
fn annotate_path(
    path: &Path,
    attribute: Attribute<'_>,
    total: &mut (usize, Skipped),
) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?.path();
            if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "rs") {
                annotate_path(&entry, attribute, total)?;
            }
        }
        return Ok(());
    }
    let source = fs::read_to_string(path)?;
    let rewritten =
        rewrite(&source, attribute).map_err(|error| format!("{}: {error}", path.display()))?;
    fs::write(path, rewritten.text)?;
    total.0 += rewritten.annotated;
    total.1 += rewritten.skipped;
    Ok(())
}
