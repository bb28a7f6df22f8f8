//! Compiles the mutants that `cargo mutants --list --json` names into one test program, behind a number that selects one of them, and
//! runs the tests for each. Compiling each mutant by itself takes most of the time of cargo-mutants.
//!
//! ```text
//! mutants LIST.json PACKAGE [ARGUMENT OF THE TESTS…]
//! ```
//!
//! `PACKAGE` is the directory of a library with its manifest. Its files are changed. Mutants that do not compile are called unviable, as
//! cargo-mutants calls them. Some cannot be compiled in this way, because a number cannot be read in a constant or in a condition
//! with `let`.

mod build;
mod list;
mod rewrite;
mod run;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(list), Some(package)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: mutants LIST.json PACKAGE [ARGUMENT OF THE TESTS…]");
        return ExitCode::from(2);
    };
    let arguments: Vec<String> = arguments.collect();
    match check(Path::new(&list), Path::new(&package), &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("mutants: {message}");
            ExitCode::FAILURE
        }
    }
}

fn check(list: &Path, package: &Path, arguments: &[String]) -> Result<(), String> {
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let mutants = list::read(&text).map_err(|error| format!("{}: {error}", list.display()))?;
    let sources = rewrite::sources(package, &mutants)?;
    let mut wanted: BTreeSet<usize> = (0..mutants.len()).collect();
    let (program, unviable) = build::until_it_compiles(package, &sources, &mut wanted)?;
    let not_run = mutants.len() - wanted.len() - unviable.len();
    println!(
        "{} mutants, {} unviable, {not_run} not run",
        mutants.len(),
        unviable.len()
    );
    let outcomes = run::all(package, &program, &wanted, arguments)?;
    for (number, outcome) in &outcomes {
        if *outcome != run::Outcome::Killed {
            println!("{outcome:?} {number} {}", mutants[*number].name);
        }
    }
    for number in
        (0..mutants.len()).filter(|number| !wanted.contains(number) && !unviable.contains(number))
    {
        println!("NotRun {number} {}", mutants[number].name);
    }
    let count = |wanted: run::Outcome| {
        outcomes
            .values()
            .filter(|outcome| **outcome == wanted)
            .count()
    };
    println!(
        "{} run: {} killed, {} timeouts, {} survived",
        outcomes.len(),
        count(run::Outcome::Killed),
        count(run::Outcome::Timeout),
        count(run::Outcome::Survived)
    );
    Ok(())
}
