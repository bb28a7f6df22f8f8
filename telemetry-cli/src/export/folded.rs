//! Folded stacks: `history.turn;model.request;model.response 1837204`, the sum of the self times of all
//! spans with this stack of names, in nanoseconds.

use std::io::Write;

use super::source::{ExportSource, forests};
pub(crate) use super::stacks::StackSums;
use crate::error::Error;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;
use crate::terminal::{complain, counted, cut, visible};

/// The depth limit: deeper spans are added to their ancestor at this depth, as a stack repeats all names.
const DEEPEST: usize = 128;

/// The longest frame, in terminal columns. Names of the writer are shorter.
const WIDEST: usize = 256;

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
    let mut stacks = StackSums::default();
    forests(source, skips, |_, forest| {
        add(forest, &mut stacks);
        Ok(())
    })?;
    if stacks.dropped() > 0 {
        complain(counted(
            stacks.dropped(),
            "span has a stack beyond the limit of memory; its time is added to the stack above",
            "spans have stacks beyond the limit of memory; their time is added to the stack above",
        ));
    }
    Ok(stacks.write(out)?)
}

/// Adds the self times of the spans of a process.
pub(crate) fn add(forest: &Forest, stacks: &mut StackSums) {
    for root in &forest.roots {
        // The stack of each level above the current node.
        let mut levels: Vec<Option<u32>> = Vec::new();
        for place in forest.walk(*root) {
            let node = &forest.nodes[place.node];
            levels.truncate(place.depth);
            if place.depth < DEEPEST && node.kind != NodeKind::Event {
                let above = levels.last().copied().flatten();
                levels.push(stacks.push(above, &frame(node.kind, &node.name)));
            }
            if let Some(own) = forest.self_ns(place.node).filter(|own| *own > 0)
                && let Some(stack) = levels.last().copied().flatten()
            {
                stacks.add(stack, own);
            }
        }
    }
}

/// Returns a name without the separator of the format.
fn frame(kind: NodeKind, name: &str) -> String {
    match kind {
        NodeKind::Missing => "(not in the log)".to_owned(),
        _ if name.is_empty() => "(no name)".to_owned(),
        _ => cut(&visible(name), WIDEST).replace(';', ":"),
    }
}
