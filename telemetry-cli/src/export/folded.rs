//! Folded stacks: `history.turn;model.request;model.response 1837204`, the own nanoseconds of all
//! spans with these names above them.

use std::collections::BTreeMap;
use std::io::Write;

use super::source::{Source, forests};
use crate::error::Error;
use crate::skipped::Skips;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;
use crate::terminal::visible;

/// Deeper spans count for this one: a stack repeats all the names above it.
const DEEPEST: usize = 128;

/// Writes the stacks of all that is meant.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write(source: &Source<'_>, skips: &mut Skips, out: &mut impl Write) -> Result<(), Error> {
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
        // Where each level's name begins in it.
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

/// A name without what the format gives a meaning to.
fn frame(kind: NodeKind, name: &str) -> String {
    match kind {
        NodeKind::Missing => "(not in the log)".to_owned(),
        _ if name.is_empty() => "(no name)".to_owned(),
        _ => visible(name).replace(';', ":"),
    }
}
