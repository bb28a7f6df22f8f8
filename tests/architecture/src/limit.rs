//! The length of files.

use std::ops::RangeInclusive;

use crate::source::Source;
use crate::workspace::{Module, Workspace};

/// How many lines a file of production code may have, without its documentation.
pub const MAX_LINES: usize = 400;

/// Returns a message for each file that is longer than `MAX_LINES`. Doc comments and inline test
/// modules do not count.
pub fn long_files(source: &Source, workspace: &Workspace) -> Vec<String> {
    let mut messages = Vec::new();
    let modules = workspace.crates.iter().flat_map(|checked| &checked.modules);
    for module in modules.filter(|module| module.path == module.file_path) {
        let file = &module.file;
        let lines = production_lines(source.text(file).unwrap_or_default(), module);
        if lines > MAX_LINES {
            messages.push(format!(
                "{file}: {lines} lines without documentation; expected at most {MAX_LINES}. Find \
                 the second thing that the file does and move it to a file of its own."
            ));
        }
    }
    messages
}

fn production_lines(text: &str, module: &Module) -> usize {
    let is_counted = |(number, line): &(usize, &str)| {
        let line = line.trim_start();
        let is_documentation = line.starts_with("///") || line.starts_with("//!");
        let is_test = |lines: &RangeInclusive<usize>| lines.contains(number);
        !is_documentation && !module.contents.test_lines.iter().any(is_test)
    };
    (1..).zip(text.lines()).filter(is_counted).count()
}
