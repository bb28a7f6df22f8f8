//! Circles: files that use each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::resolve::Dependency;
use crate::workspace::{Crate, Workspace};

/// Returns a message for each circle of files in each crate. A file and its own child modules may
/// use each other.
pub fn circles(workspace: &Workspace) -> Vec<String> {
    workspace.crates.iter().flat_map(circles_of).collect()
}

fn circles_of(checked: &Crate) -> Vec<String> {
    let dependencies = checked.dependencies_of_files();
    let edges = dependencies
        .iter()
        .map(|found| (found.user.as_str(), found.used.as_str()));
    let message = |files: BTreeSet<&str>| {
        let inside = |found: &&Dependency| {
            files.contains(found.user.as_str()) && files.contains(found.used.as_str())
        };
        let uses = dependencies
            .iter()
            .filter(inside)
            .map(|found| format!("\n  {found}"));
        format!(
            "{}: {} files use each other in a circle. Move the items that both sides need to a \
             file below them, or pass them in as arguments.{}",
            checked.name,
            files.len(),
            uses.collect::<String>()
        )
    };
    components(edges).into_iter().map(message).collect()
}

/// Returns the strongly connected components with more than one node.
pub(crate) fn components<'a>(
    edges: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<BTreeSet<&'a str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut previous: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().insert(to);
        previous.entry(to).or_default().insert(from);
    }
    let mut found: Vec<BTreeSet<&str>> = Vec::new();
    for node in next.keys().copied() {
        if found.iter().any(|component| component.contains(node)) {
            continue;
        }
        let component: BTreeSet<&str> = &reachable(node, &next) & &reachable(node, &previous);
        if component.len() > 1 {
            found.push(component);
        }
    }
    found
}

fn reachable<'a>(from: &'a str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for other in edges.get(node).into_iter().flatten() {
            if seen.insert(other) {
                open.push(other);
            }
        }
    }
    seen
}
