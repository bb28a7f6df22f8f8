//! Sums of time by stack of names, with memory for each name and each stack once.
//!
//! A stack repeats the names of all levels above it, so the texts of all stacks of a deep tree need memory that grows with
//! the square of its depth. Here, a stack is a node of a tree of frames, and its text exists only while it is written.

use std::collections::HashMap;
use std::io::{self, Write};

use indexmap::IndexSet;
use telemetry_schema::sort::sort_by;

/// The most distinct stacks, about 100 MB. The time of further stacks is added to the stack above them.
const MOST: usize = 1_000_000;

/// Sums of time by stack.
#[derive(Debug, Default)]
pub(crate) struct StackSums {
    /// The texts of the frames.
    frames: IndexSet<Box<str>>,
    nodes: Vec<StackNode>,
    /// The node below a node, or at the top for `None`, with a frame.
    below: HashMap<(Option<u32>, u32), u32>,
    /// The number of stacks that were not added.
    dropped: u64,
}

#[derive(Debug)]
struct StackNode {
    parent: Option<u32>,
    frame: u32,
    nanos: u64,
}

impl StackSums {
    /// Returns the stack with a frame below another stack, or below none.
    pub(super) fn push(&mut self, parent: Option<u32>, frame: &str) -> Option<u32> {
        let found = self.frames.get_index_of(frame);
        let known = found.and_then(|at| {
            let at = u32::try_from(at).ok()?;
            self.below.get(&(parent, at)).copied()
        });
        if known.is_some() {
            return known;
        }
        if self.nodes.len() >= MOST {
            self.dropped += 1;
            return parent;
        }
        let frame = found.unwrap_or_else(|| self.frames.insert_full(frame.into()).0);
        let (Ok(frame), Ok(node)) = (u32::try_from(frame), u32::try_from(self.nodes.len())) else {
            return parent;
        };
        self.nodes.push(StackNode {
            parent,
            frame,
            nanos: 0,
        });
        self.below.insert((parent, frame), node);
        Some(node)
    }

    /// Adds time to a stack.
    pub(super) fn add(&mut self, stack: u32, nanos: u64) {
        if let Some(node) = self.nodes.get_mut(stack as usize) {
            node.nanos = node.nanos.saturating_add(nanos);
        }
    }

    /// Returns the number of stacks that were not added.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Writes a line for each stack with time: its frames from the top, and its time. Stacks are sorted by their frames.
    pub(crate) fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        // The children of each node, the last one first, so that the next one is at the end.
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        let mut open = Vec::new();
        self.below.clear();
        let ids = (0..self.nodes.len()).filter_map(|at| u32::try_from(at).ok());
        let mut ids: Vec<u32> = ids.collect();
        sort_by(&mut ids, |a, b| self.frame(*b).cmp(self.frame(*a)));
        for id in ids {
            match self.nodes[id as usize].parent {
                Some(parent) => children[parent as usize].push(id),
                None => open.push((id, 0)),
            }
        }
        let mut stack = String::new();
        while let Some((id, begin)) = open.pop() {
            stack.truncate(begin);
            if begin > 0 {
                stack.push(';');
            }
            stack.push_str(self.frame(id));
            let nanos = self.nodes[id as usize].nanos;
            if nanos > 0 {
                writeln!(out, "{stack} {nanos}")?;
            }
            let below = std::mem::take(&mut children[id as usize]);
            open.extend(below.into_iter().map(|child| (child, stack.len())));
        }
        Ok(())
    }

    fn frame(&self, node: u32) -> &str {
        let frame = self.nodes[node as usize].frame;
        self.frames.get_index(frame as usize).map_or("", |it| it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_have_one_line() {
        let mut sums = StackSums::default();
        for (stack, nanos) in [
            ("a;b", 1),
            ("a", 2),
            ("b", 4),
            ("a;b", 8),
            ("a;b;a", 16),
            ("c;d", 0),
        ] {
            let mut node = None;
            for frame in stack.split(';') {
                node = sums.push(node, frame);
            }
            sums.add(node.unwrap(), nanos);
        }
        let mut text = Vec::new();
        sums.write(&mut text).unwrap();
        assert_eq!(text, b"a 2\na;b 9\na;b;a 16\nb 4\n");
    }

    #[test]
    fn a_deep_stack_needs_memory_for_each_frame_once() {
        let mut sums = StackSums::default();
        let mut node = None;
        for at in 0..10_000 {
            node = sums.push(node, &format!("frame number {at}"));
            sums.add(node.unwrap(), 1);
        }
        assert_eq!((sums.nodes.len(), sums.frames.len()), (10_000, 10_000));
    }
}
