//! Puts an attribute on every function of the Rust files below some paths, in place.
//!
//!     annotate PREFIX ATTRIBUTE PATH…
//!
//! In the attribute, `{}` stands for the span name, which is the prefix and the function's name. Prints the numbers
//! of functions that were annotated and skipped. `scripts/annotate-crates` runs this program.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use annotate::{Attribute, Skipped, Templates, rewrite, templates};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prefix, text, paths @ ..] = arguments.as_slice() else {
        eprintln!("usage: annotate PREFIX ATTRIBUTE PATH…");
        return ExitCode::from(2);
    };
    let attribute = Attribute { text, prefix };
    let total = match annotate_paths(paths, attribute) {
        Ok(total) => total,
        Err(error) => {
            eprintln!("annotate: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("annotated {}\n{}", total.0, total.1);
    ExitCode::SUCCESS
}

/// Annotates the Rust files below the paths. Returns the numbers of functions that were annotated and skipped.
fn annotate_paths(
    paths: &[String],
    attribute: Attribute<'_>,
) -> Result<(usize, Skipped), Box<dyn Error>> {
    let mut files = Vec::new();
    for path in paths {
        add_files(Path::new(path), &mut files)?;
    }
    let mut all = Templates::new();
    for file in &files {
        let source = fs::read_to_string(file)?;
        all.extend(templates(&source).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    let mut total = (0, Skipped::default());
    for file in &files {
        let source = fs::read_to_string(file)?;
        let rewritten = rewrite(&source, attribute, &all)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        fs::write(file, rewritten.text)?;
        total.0 += rewritten.annotated;
        total.1 += rewritten.skipped;
    }
    Ok(total)
}

/// Adds a file, or the Rust files of a directory and of those in it.
fn add_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "rs") {
            add_files(&entry, files)?;
        }
    }
    Ok(())
}
