//! Paths that a crate may not use.

use crate::workspace::Workspace;

/// A path of the standard library that a crate may not use.
#[derive(Clone, Copy, Debug)]
pub struct Forbidden {
    /// The crate's name.
    pub package: &'static str,
    /// The path, such as `std::fs`.
    pub path: &'static str,
    /// The reason, which ends the message.
    pub reason: &'static str,
}

/// Returns a message for each use of a forbidden path.
pub fn forbidden_paths(workspace: &Workspace, forbidden: &[Forbidden]) -> Vec<String> {
    let mut messages = Vec::new();
    for rule in forbidden {
        let expected: Vec<&str> = rule.path.split("::").collect();
        let crates = workspace
            .crates
            .iter()
            .filter(|checked| checked.name == rule.package);
        for module in crates.flat_map(|checked| &checked.modules) {
            let imports = module.contents.imports.iter().map(|import| &import.path);
            let paths = imports.chain(&module.contents.paths);
            for path in paths.filter(|path| begins_with(&path.segments, &expected)) {
                messages.push(format!(
                    "{}:{} uses `{}`, but {}",
                    module.file, path.line, rule.path, rule.reason
                ));
            }
        }
    }
    messages
}

fn begins_with(segments: &[String], expected: &[&str]) -> bool {
    segments.len() >= expected.len()
        && segments
            .iter()
            .zip(expected)
            .all(|(own, other)| own == other)
}
