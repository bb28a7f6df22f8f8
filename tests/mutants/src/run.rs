//! Runs the tests for each mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Killed,
    Timeout,
    Survived,
}

/// Runs the tests without a mutant, and then with each of them.
///
/// # Errors
///
/// Fails if the tests fail without a mutant.
pub(crate) fn all(
    package: &Path,
    program: &Path,
    wanted: &BTreeSet<usize>,
    arguments: &[String],
) -> Result<BTreeMap<usize, Outcome>, String> {
    let began = Instant::now();
    let limit = Duration::from_mins(5);
    if run(package, program, None, arguments, limit)? != Outcome::Survived {
        return Err("the tests fail without a mutant".to_owned());
    }
    let limit = (began.elapsed() * 10).max(Duration::from_secs(10));
    eprintln!("mutants: {:.1?} without a mutant", began.elapsed());
    let (queue, outcomes) = (
        Mutex::new(wanted.iter().copied()),
        Mutex::new(BTreeMap::new()),
    );
    let work = || -> Result<(), String> {
        loop {
            let Some(number) = queue.lock().map_err(|error| error.to_string())?.next() else {
                return Ok(());
            };
            let outcome = run(package, program, Some(number), arguments, limit)?;
            outcomes
                .lock()
                .map_err(|error| error.to_string())?
                .insert(number, outcome);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| "a thread has panicked".to_owned())?
        })
    })?;
    outcomes.into_inner().map_err(|error| error.to_string())
}

fn run(
    package: &Path,
    program: &Path,
    number: Option<usize>,
    arguments: &[String],
    limit: Duration,
) -> Result<Outcome, String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        // Where Cargo runs the tests of a package.
        .current_dir(package)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(number) = number {
        command.env("MUTANT", number.to_string());
    }
    let failed = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = command.spawn().map_err(failed)?;
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(if status.success() {
                Outcome::Survived
            } else {
                Outcome::Killed
            });
        }
        if began.elapsed() > limit {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            return Ok(Outcome::Timeout);
        }
        thread::sleep(Duration::from_millis(5));
    }
}
