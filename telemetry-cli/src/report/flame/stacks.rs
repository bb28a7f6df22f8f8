//! The stacks of the flame graph, and the frames that they consist of.

/// A stack of span names, the outermost first and joined by `;`, and its self time in nanoseconds.
pub(super) type Stack = (String, u64);

/// A frame of the flame graph: spans of one name below one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FlameFrame {
    /// The name of the spans; `all` for the outermost frame, which has every stack.
    pub(super) name: String,
    /// The number of frames around this one.
    pub(super) depth: usize,
    /// The self time of the stacks to the left of this frame, in nanoseconds.
    pub(super) start: u64,
    /// The self time of the spans and of the spans below them, in nanoseconds.
    pub(super) total: u64,
    /// The self time of the spans, in nanoseconds.
    pub(super) own: u64,
}

/// Parses folded stacks, and sorts them so that the stacks below one frame are neighbours.
pub(super) fn parse(folded: &str) -> Vec<Stack> {
    let lines = folded.lines().filter_map(|line| line.rsplit_once(' '));
    let mut stacks: Vec<Stack> = lines
        .filter_map(|(stack, nanos)| {
            // inferno would take a number behind a space in a name for a count.
            Some((
                stack.replace(char::is_whitespace, "\u{a0}"),
                nanos.parse().ok()?,
            ))
        })
        .collect();
    // In the order of the lines, `agent.turn` would be between `agent` and `agent;model`.
    stacks.sort_by(|(a, _), (b, _)| a.split(';').cmp(b.split(';')));
    stacks
}

/// Returns the frames of sorted stacks, each followed by the frames in it.
pub(super) fn frames(stacks: &[Stack]) -> Vec<FlameFrame> {
    let mut frames: Vec<FlameFrame> = Vec::new();
    // The indexes of the frames of the stack before, the outermost first.
    let mut open: Vec<usize> = Vec::new();
    let mut start = 0_u64;
    for (stack, own) in stacks {
        let names = std::iter::once("all").chain(stack.split(';'));
        let mut depth = 0;
        for name in names {
            let is_open = open.get(depth).is_some_and(|at| frames[*at].name == name);
            if !is_open {
                open.truncate(depth);
                open.push(frames.len());
                frames.push(FlameFrame {
                    name: name.to_owned(),
                    depth,
                    start,
                    total: 0,
                    own: 0,
                });
            }
            depth += 1;
        }
        open.truncate(depth);
        for at in &open {
            frames[*at].total = frames[*at].total.saturating_add(*own);
        }
        if let Some(last) = open.last() {
            frames[*last].own = frames[*last].own.saturating_add(*own);
        }
        start = start.saturating_add(*own);
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_time_of_its_spans_and_of_those_below() {
        let stacks = parse(
            "agent.turn;b 4\nagent 1\nagent;model 5 6\nagent.turn 3\nnonsense\nagent;model\u{a0}5;c 2\n",
        );
        let frames = frames(&stacks);
        let found: Vec<_> = frames
            .iter()
            .map(|it| (it.depth, &*it.name, it.start, it.total, it.own))
            .collect();
        assert_eq!(
            found,
            [
                (0, "all", 0, 16, 0),
                (1, "agent", 0, 9, 1),
                (2, "model\u{a0}5", 1, 8, 6),
                (3, "c", 7, 2, 2),
                (1, "agent.turn", 9, 7, 3),
                (2, "b", 12, 4, 4),
            ]
        );
        assert_eq!(super::frames(&[]), []);
    }
}
