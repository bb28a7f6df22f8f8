//! Patterns of keys, written as regular expressions and compiled by the compiler.
//!
//! A pattern is a sequence of literals and of classes with a repetition: `ghp_[A-Za-z0-9]{36,}`. One class
//! may stand before the literal: `[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}`. Matching is greedy and
//! never backtracks, so that each class must exclude the byte that follows it.

use std::ops::Range;

use super::bytes::{begins_word, run, run_back, short_run};

/// A bit for each ASCII character.
type Class = [u64; 2];

/// The classes of all patterns, each once, so that a step needs one byte for its class.
#[derive(Debug)]
pub(super) struct StepClasses {
    classes: [Class; MAX_CLASSES],
    len: u8,
}
const MAX_CLASSES: usize = 72;

/// A class and how many of its bytes a key has.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The index in [`StepClasses`].
    class: u8,
    min: u16,
    max: u16,
}

const NO_STEP: Step = Step {
    class: 0,
    min: 0,
    max: 0,
};
/// `{20,}` has no maximum.
const UNBOUNDED: u16 = u16::MAX;
const MAX_STEPS: usize = 7;
const MAX_LITERAL: usize = 44;

/// A compiled pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    before: Option<Step>,
    literal: [u8; MAX_LITERAL],
    literal_len: u8,
    steps: [Step; MAX_STEPS],
    steps_len: u8,
}

impl StepClasses {
    pub(super) const fn new() -> Self {
        Self {
            classes: [[0; 2]; MAX_CLASSES],
            len: 0,
        }
    }

    /// Returns the index of a class, which is added if it is new.
    const fn index_of(&mut self, class: Class) -> u8 {
        let mut at = 0;
        while at < self.len {
            let other = self.classes[at as usize];
            if other[0] == class[0] && other[1] == class[1] {
                return at;
            }
            at += 1;
        }
        self.classes[at as usize] = class;
        self.len += 1;
        at
    }

    const fn of(&self, step: Step) -> &Class {
        &self.classes[step.class as usize]
    }
}

const fn has(class: &Class, byte: u8) -> bool {
    byte < 128 && class[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
}

const fn add(class: &mut Class, byte: u8) {
    class[(byte >> 6) as usize] |= 1 << (byte & 63);
}

impl Step {
    /// Returns the end of the run at `start`, where the run has a valid length. An unbounded run is
    /// followed to its minimum alone, so that a refused candidate costs little.
    fn end(self, classes: &StepClasses, text: &[u8], start: usize) -> Option<usize> {
        let class = classes.of(self);
        let limit = if self.max == UNBOUNDED {
            usize::from(self.min).max(LOOK)
        } else {
            usize::from(self.max)
        };
        let end = short_run(text, start, limit, |byte| has(class, byte));
        (end >= start + usize::from(self.min)).then_some(end)
    }
}

/// The bytes of an unbounded run that are read before the key is accepted.
const LOOK: usize = 64;

impl Pattern {
    /// The value of places of a table that are filled later.
    pub(super) const EMPTY: Self = Self {
        before: None,
        literal: [0; MAX_LITERAL],
        literal_len: 0,
        steps: [NO_STEP; MAX_STEPS],
        steps_len: 0,
    };

    /// Compiles a pattern; an invalid one is an error of the build.
    pub(super) const fn new(source: &str, classes: &mut StepClasses) -> Self {
        let text = source.as_bytes();
        let mut pattern = Self {
            before: None,
            literal: [0; MAX_LITERAL],
            literal_len: 0,
            steps: [NO_STEP; MAX_STEPS],
            steps_len: 0,
        };
        let mut at = 0;
        while at < text.len() {
            let is_class = text[at] == b'[';
            let (class, next) = class(text, at);
            let (min, max, next) = repetition(text, next);
            let is_literal = !is_class && pattern.steps_len == 0;
            if is_literal {
                pattern.literal[pattern.literal_len as usize] = text[next - 1];
                pattern.literal_len += 1;
                at = next;
                continue;
            }
            let class = classes.index_of(class);
            let step = Step { class, min, max };
            at = next;
            if pattern.literal_len == 0 {
                assert!(pattern.before.is_none(), "one class before the literal");
                pattern.before = Some(step);
            } else {
                pattern.steps[pattern.steps_len as usize] = step;
                pattern.steps_len += 1;
            }
        }
        assert!(pattern.literal_len > 0, "a pattern needs a literal");
        pattern
    }

    /// Returns the literal by which a key is found.
    pub(super) const fn literal(&self) -> &[u8] {
        self.literal.split_at(self.literal_len as usize).0
    }

    /// Returns whether a class stands before the literal.
    pub(super) fn begins_with_class(&self) -> bool {
        self.before.is_some()
    }

    /// Returns whether a byte may follow the literal.
    pub(super) const fn may_follow(&self, classes: &StepClasses, byte: u8) -> bool {
        self.steps_len > 0 && has(classes.of(self.steps[0]), byte)
    }

    /// Returns the offset in the literal of the byte that the scanner looks for: where a word of at least two
    /// bytes begins, or the mark that stands out from the letters around it.
    pub(super) const fn anchor(&self) -> usize {
        let mut at = 0;
        while at + 1 < self.literal_len as usize {
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
    pub(super) fn find(
        &self,
        classes: &StepClasses,
        text: &[u8],
        anchor: usize,
    ) -> Option<(Range<usize>, usize)> {
        let literal = anchor.checked_sub(self.anchor())?;
        if !text[literal..].starts_with(self.literal()) {
            return None;
        }
        let body = literal + usize::from(self.literal_len);
        let mut end = body;
        for step in self.steps() {
            end = step.end(classes, text, end)?;
        }
        let start = match self.before {
            None => literal,
            Some(step) => {
                let (class, limit) = (classes.of(step), usize::from(step.max));
                let start = run_back(text, literal, limit, |byte| has(class, byte));
                (literal - start >= usize::from(step.min)).then_some(start)?
            }
        };
        (begins_word(text, start) && (self.unbounded().is_some() || ends_word(text, end)))
            .then_some((start..end, body))
    }

    /// Returns the whole key of which [`find`](Self::find) found the beginning.
    pub(super) fn whole(
        &self,
        classes: &StepClasses,
        text: &[u8],
        key: &Range<usize>,
    ) -> Option<Range<usize>> {
        let mut end = key.end;
        if let Some(last) = self.unbounded() {
            let class = classes.of(last);
            end = run(text, end, |byte| has(class, byte));
        }
        ends_word(text, end).then_some(key.start..end)
    }

    fn steps(&self) -> &[Step] {
        &self.steps[..usize::from(self.steps_len)]
    }

    /// Returns the last step, if it has no maximum.
    fn unbounded(&self) -> Option<Step> {
        let last = self.steps().last().copied();
        last.filter(|last| last.max == UNBOUNDED)
    }
}

fn ends_word(text: &[u8], end: usize) -> bool {
    text.get(end)
        .is_none_or(|next| !next.is_ascii_alphanumeric())
}

/// Parses a class or a literal character; returns where it ends.
const fn class(text: &[u8], start: usize) -> (Class, usize) {
    let mut class = [0; 2];
    let mut at = start;
    if text[at] == b'[' {
        at += 1;
        while text[at] != b']' {
            if text[at + 1] == b'-' && text[at + 2] != b']' {
                let mut byte = text[at];
                while byte <= text[at + 2] {
                    add(&mut class, byte);
                    byte += 1;
                }
                at += 3;
            } else {
                add(&mut class, text[at]);
                at += 1;
            }
        }
        at += 1;
    } else {
        at = literal(text, at);
        add(&mut class, text[at - 1]);
    }
    (class, at)
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

#[cfg(test)]
mod tests {
    use super::{class, has};

    #[test]
    fn a_class_has_its_bytes_and_no_others() {
        for (text, members) in [("[a-c_]", "abc_"), ("[0-9-]", "0123456789-"), ("x", "x")] {
            let (class, end) = class(text.as_bytes(), 0);
            assert_eq!(end, text.len());
            for byte in 0..=u8::MAX {
                let is_member = members.as_bytes().contains(&byte);
                assert_eq!(has(&class, byte), is_member, "{byte:#x} in {text}");
            }
        }
    }
}
