//! Folded stacks: `history.turn;model.request;model.response 1837204`, the sum of the self times of all
//! spans with this stack of names, in nanoseconds.

use std::collections::BTreeMap;
use std::io::Write;

use super::source::{ExportSource, forests};
use crate::error::Error;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;
use crate::terminal::visible;

/// The depth limit: deeper spans are added to their ancestor at this depth, as a stack repeats all names.
const DEEPEST: usize = 128;

/// Writes the stacks of the selected spans.
///
/// # Errors
///
/// Fails if a file cannot be read or `out` cannot be written.
pub fn write(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut stacks = BTreeMap::new();
    forests(source, skips, |_, forest| {
        add(forest, &mut stacks);
        Ok(())
    })?;
    for (stack, nanos) in stacks {
        writeln!(out, "{stack} {nanos}")?;
    }
    Ok(())
}

fn add(forest: &Forest, stacks: &mut BTreeMap<String, u64>) {
    for root in &forest.roots {
        let mut stack = String::new();
        // The offsets in `stack` at which the names of the levels start.
        let mut levels: Vec<usize> = Vec::new();
        for place in forest.walk(*root) {
            let node = &forest.nodes[place.node];
            if let Some(begin) = levels.get(place.depth) {
                stack.truncate(*begin);
            }
            levels.truncate(place.depth);
            if place.depth < DEEPEST && node.kind != NodeKind::Event {
                levels.push(stack.len());
                if place.depth > 0 {
                    stack.push(';');
                }
                stack.push_str(&frame(node.kind, &node.name));
            }
            if let Some(own) = forest.self_ns(place.node).filter(|own| *own > 0) {
                let nanos = stacks.entry(stack.clone()).or_default();
                *nanos = nanos.saturating_add(own);
            }
        }
    }
}

/// Returns a name without the separator of the format.
fn frame(kind: NodeKind, name: &str) -> String {
    match kind {
        NodeKind::Missing => "(not in the log)".to_owned(),
        _ if name.is_empty() => "(no name)".to_owned(),
        _ => visible(name).replace(';', ":"),
    }
}
