//! Patterns of keys, written as regular expressions and compiled by the compiler.
//!
//! A pattern is a sequence of literals and of classes with a repetition: `ghp_[A-Za-z0-9]{36,}`. One class
//! may stand before the literal: `[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}`. Matching is greedy and
//! never goes back, so each class must exclude what follows it.

use std::ops::Range;

use super::bytes::{begins_word, run, run_back, short_run};

/// A class and how many of its bytes a key has.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// A bit for each ASCII character.
    class: [u64; 2],
    min: u16,
    max: u16,
}

const NO_STEP: Step = Step {
    class: [0; 2],
    min: 0,
    max: 0,
};
/// `{20,}` has no maximum.
const UNBOUNDED: u16 = u16::MAX;
const MAX_STEPS: usize = 7;
const MAX_LITERAL: usize = 44;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) source: &'static str,
    before: Option<Step>,
    literal: [u8; MAX_LITERAL],
    literal_len: usize,
    steps: [Step; MAX_STEPS],
    steps_len: usize,
}

impl Step {
    const fn has(&self, byte: u8) -> bool {
        byte < 128 && self.class[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    const fn add(&mut self, byte: u8) {
        self.class[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    /// Returns the end of the run at `start`, where the run has a valid length. An unbounded run is
    /// followed to its minimum alone, so that a refused candidate costs little.
    fn end(&self, text: &[u8], start: usize) -> Option<usize> {
        let limit = if self.max == UNBOUNDED {
            usize::from(self.min).max(LOOK)
        } else {
            usize::from(self.max)
        };
        let end = short_run(text, start, limit, |byte| self.has(byte));
        (end >= start + usize::from(self.min)).then_some(end)
    }
}

/// The bytes of an unbounded run that are read before the key is accepted.
const LOOK: usize = 64;

impl Pattern {
    /// Compiles a pattern; an invalid one is an error of the build.
    pub(super) const fn new(source: &'static str) -> Self {
        let text = source.as_bytes();
        let mut pattern = Self {
            source,
            before: None,
            literal: [0; MAX_LITERAL],
            literal_len: 0,
            steps: [NO_STEP; MAX_STEPS],
            steps_len: 0,
        };
        let mut at = 0;
        while at < text.len() {
            let is_class = text[at] == b'[';
            let (step, next) = step(text, at);
            at = next;
            if !is_class && pattern.steps_len == 0 {
                pattern.literal[pattern.literal_len] = text[next - 1];
                pattern.literal_len += 1;
            } else if pattern.literal_len == 0 {
                assert!(pattern.before.is_none(), "one class before the literal");
                pattern.before = Some(step);
            } else {
                pattern.steps[pattern.steps_len] = step;
                pattern.steps_len += 1;
            }
        }
        assert!(pattern.literal_len > 0, "a pattern needs a literal");
        pattern
    }

    /// Returns the literal by which a key is found.
    pub(super) const fn literal(&self) -> &[u8] {
        self.literal.split_at(self.literal_len).0
    }

    /// Returns whether a class stands before the literal.
    pub(super) fn begins_with_class(&self) -> bool {
        self.before.is_some()
    }

    /// Returns whether a byte may follow the literal.
    pub(super) const fn may_follow(&self, byte: u8) -> bool {
        self.steps_len > 0 && self.steps[0].has(byte)
    }

    /// Returns the offset in the literal of the byte that the scanner looks for: where a word of at least two
    /// bytes begins, or the mark that stands out from the letters around it.
    pub(super) const fn anchor(&self) -> usize {
        let mut at = 0;
        while at + 1 < self.literal_len {
            if self.literal[at].is_ascii_alphanumeric() {
                // The `Q~` of Azure stands in the middle of a word.
                return if self.literal[at + 1] == b'~' {
                    at + 1
                } else {
                    at
                };
            }
            at += 1;
        }
        0
    }

    /// Returns the key whose anchor is at `anchor`, and where its literal ends. Of a key without a maximum no more is
    /// read than is needed to judge it: [`whole`](Self::whole) finds its end.
    pub(super) fn find(&self, text: &[u8], anchor: usize) -> Option<(Range<usize>, usize)> {
        let literal = anchor.checked_sub(self.anchor())?;
        if !text[literal..].starts_with(self.literal()) {
            return None;
        }
        let body = literal + self.literal_len;
        let mut end = body;
        let steps = &self.steps[..self.steps_len];
        for step in steps {
            end = step.end(text, end)?;
        }
        let start = match &self.before {
            None => literal,
            Some(step) => {
                let limit = usize::from(step.max);
                let start = run_back(text, literal, limit, |byte| step.has(byte));
                (literal - start >= usize::from(step.min)).then_some(start)?
            }
        };
        (begins_word(text, start) && (self.is_unbounded() || ends_word(text, end)))
            .then_some((start..end, body))
    }

    /// Returns the whole key of which [`find`](Self::find) found the beginning.
    pub(super) fn whole(&self, text: &[u8], key: &Range<usize>) -> Option<Range<usize>> {
        let mut end = key.end;
        if self.is_unbounded() {
            let last = &self.steps[self.steps_len - 1];
            end = run(text, end, |byte| last.has(byte));
        }
        ends_word(text, end).then_some(key.start..end)
    }

    fn is_unbounded(&self) -> bool {
        self.steps_len > 0 && self.steps[self.steps_len - 1].max == UNBOUNDED
    }
}

fn ends_word(text: &[u8], end: usize) -> bool {
    text.get(end)
        .is_none_or(|next| !next.is_ascii_alphanumeric())
}

/// Parses a class or a literal character with its repetition; returns where the next begins.
const fn step(text: &[u8], start: usize) -> (Step, usize) {
    let mut step = NO_STEP;
    let mut at = start;
    if text[at] == b'[' {
        at += 1;
        while text[at] != b']' {
            if text[at + 1] == b'-' && text[at + 2] != b']' {
                let mut byte = text[at];
                while byte <= text[at + 2] {
                    step.add(byte);
                    byte += 1;
                }
                at += 3;
            } else {
                step.add(text[at]);
                at += 1;
            }
        }
        at += 1;
    } else {
        at = literal(text, at);
        step.add(text[at - 1]);
    }
    (step.min, step.max, at) = repetition(text, at);
    (step, at)
}

/// Returns where the character that is at `at` ends; a backslash before it only escapes it.
const fn literal(text: &[u8], at: usize) -> usize {
    if text[at] == b'\\' { at + 2 } else { at + 1 }
}

/// Parses `{36}`, `{36,}` or `{36,255}`; 1 where there is none.
const fn repetition(text: &[u8], start: usize) -> (u16, u16, usize) {
    if start >= text.len() || text[start] != b'{' {
        return (1, 1, start);
    }
    let mut numbers = [0, 0];
    let mut which = 0;
    let mut at = start + 1;
    while text[at] != b'}' {
        if text[at] == b',' {
            which = 1;
        } else {
            assert!(text[at].is_ascii_digit(), "a repetition is of digits");
            numbers[which] = numbers[which] * 10 + (text[at] - b'0') as u16;
        }
        at += 1;
    }
    let max = match (which, numbers[1]) {
        (0, _) => numbers[0],
        (_, 0) => UNBOUNDED,
        (_, max) => max,
    };
    (numbers[0], max, at + 1)
}
