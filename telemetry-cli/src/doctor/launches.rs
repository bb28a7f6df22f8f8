//! Programs whose latest launches wrote the header of the debug log and nothing else, as after `let _ = init(config)?`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use telemetry_schema::record::Timestamp;
use telemetry_store::is_in_use;

use super::Finding;
use crate::home::LogFile;

/// A launch of a program, and whether it recorded anything. If the debug log is a shared file, all launches that wrote it.
#[derive(Debug)]
pub(super) struct LaunchActivity {
    /// The time stamp and the process id in the names of its files.
    key: Option<(String, u32)>,
    /// The name of the program, if the host configures one.
    program: Option<String>,
    /// The time of the first header.
    start: Option<Timestamp>,
    /// The last file.
    file: PathBuf,
    /// The number of launches: the headers of a shared file, otherwise one.
    launches: u64,
    /// Whether its files have a record that is not a header, or a damaged line.
    has_records: bool,
    /// Whether the process still runs, so that it may record something.
    is_in_use: bool,
}

/// Adds a file of the debug log to its launch, which is the last one if the file continues it. A file without any line shows
/// nothing about a launch.
pub(super) fn add(
    launches: &mut Vec<LaunchActivity>,
    file: &LogFile,
    header: Option<(Timestamp, Option<String>)>,
    headers: u64,
    has_records: bool,
) {
    if header.is_none() && !has_records {
        return;
    }
    let key = file.launch().map(|(stamp, pid)| (stamp.to_owned(), pid));
    let (start, program) = header.map_or((None, None), |(ts, app)| (Some(ts), app));
    let launch = LaunchActivity {
        key,
        program: program.filter(|program| !program.is_empty()),
        start,
        file: file.path.clone(),
        launches: if file.launch().is_some() { 1 } else { headers },
        has_records,
        is_in_use: is_in_use(&file.path).unwrap_or(false),
    };
    match launches.last_mut() {
        Some(last) if last.key == launch.key => {
            last.program = launch.program.or(last.program.take());
            last.file = launch.file;
            if last.key.is_none() {
                last.launches += launch.launches;
            }
            last.has_records |= launch.has_records;
            last.is_in_use |= launch.is_in_use;
        }
        _ => launches.push(launch),
    }
}

/// Returns a finding for each program of which at least two latest launches recorded nothing, although earlier ones did or there
/// were no earlier ones. A single silent launch may have been quit at once. A request since then, of whatever program, may be one
/// of these launches.
pub(super) fn findings(
    launches: &[LaunchActivity],
    last_request: Option<Timestamp>,
) -> Vec<Finding> {
    let mut programs: BTreeMap<Option<&str>, Vec<&LaunchActivity>> = BTreeMap::new();
    for launch in launches {
        let program = launch.program.as_deref();
        programs.entry(program).or_default().push(launch);
    }
    let finding = |(program, launches): (Option<&str>, Vec<&LaunchActivity>)| {
        let is_silent = |launch: &&&LaunchActivity| {
            !launch.has_records
                && !launch.is_in_use
                && last_request.is_none_or(|request| Some(request) < launch.start)
        };
        let silent = launches.iter().rev().take_while(is_silent).count();
        let (earlier, silent) = launches.split_at(launches.len() - silent);
        let count: u64 = silent.iter().map(|launch| launch.launches).sum();
        let latest = silent.last().filter(|_| count > 1)?;
        (earlier.is_empty() || earlier.iter().any(|launch| launch.has_records))
            .then(|| Finding::nothing_recorded(program, count, earlier.is_empty(), &latest.file))
    };
    programs.into_iter().filter_map(finding).collect()
}
