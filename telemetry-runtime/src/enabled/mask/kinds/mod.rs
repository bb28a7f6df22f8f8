//! The table of keys that are recognized by their own text, one row for each kind.
//!
//! A row has a name, a pattern, a further condition, and the source of the format. If the beginning of a key is sufficient
//! evidence, the length of the pattern is a lower bound, because providers lengthen their keys.

mod chat;
mod cloud;
mod delivery;
mod model;
mod observability;
mod payment;
mod product;
mod registry;
mod repository;

use super::pattern::{Pattern, StepClasses};

/// The condition beside the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The pattern is enough, unless its body is a placeholder such as `xxxxxxxx`.
    Pattern,
    /// The body is more than words: `sk-learn-contrib-package` is a name.
    Words,
    /// The body is random: no name, no words.
    Random,
    /// The key is base64 of a private key in PEM: a certificate begins with the same letters.
    PrivateKey,
}

/// The source of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Gitleaks,
    Trufflehog,
    /// Both of them.
    Both,
    /// The provider's documentation or its keys.
    Provider,
}

/// A row of the table: a kind of key. Only the compiler reads the rows, and the binary has none of their texts.
#[derive(Debug)]
pub(super) struct KindRow {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) name: &'static str,
    pub(super) pattern: &'static str,
    pub(super) check: Check,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) source: Source,
}

/// A kind of key, compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) pattern: Pattern,
    pub(super) check: Check,
}

const fn kind(name: &'static str, pattern: &'static str, check: Check, source: Source) -> KindRow {
    KindRow {
        name,
        pattern,
        check,
        source,
    }
}

/// Kinds whose pattern is enough.
const fn sure(name: &'static str, pattern: &'static str, source: Source) -> KindRow {
    kind(name, pattern, Check::Pattern, source)
}

/// Kinds whose body must be more than words.
const fn no_words(name: &'static str, pattern: &'static str, source: Source) -> KindRow {
    kind(name, pattern, Check::Words, source)
}

/// Kinds whose body must look random as well: names in programs begin with the same letters.
const fn random(name: &'static str, pattern: &'static str, source: Source) -> KindRow {
    kind(name, pattern, Check::Random, source)
}

/// An area of the table and its heading in the documentation.
pub(super) struct Area {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) title: &'static str,
    pub(super) kinds: &'static [KindRow],
}

pub(super) const AREAS: [Area; 9] = [
    Area {
        title: "Models and their tools",
        kinds: &model::ROWS,
    },
    Area {
        title: "Clouds and infrastructure",
        kinds: &cloud::ROWS,
    },
    Area {
        title: "Repositories",
        kinds: &repository::ROWS,
    },
    Area {
        title: "Builds, deployments and feature flags",
        kinds: &delivery::ROWS,
    },
    Area {
        title: "Package registries",
        kinds: &registry::ROWS,
    },
    Area {
        title: "Chat, mail and telephony",
        kinds: &chat::ROWS,
    },
    Area {
        title: "Payment and commerce",
        kinds: &payment::ROWS,
    },
    Area {
        title: "Observability",
        kinds: &observability::ROWS,
    },
    Area {
        title: "Other products",
        kinds: &product::ROWS,
    },
];

/// The number of kinds.
pub(super) const KIND_COUNT: usize = {
    let mut count = 0;
    let mut area = 0;
    while area < AREAS.len() {
        count += AREAS[area].kinds.len();
        area += 1;
    }
    count
};

/// The kinds in the order of the table.
pub(super) static KINDS: [Kind; KIND_COUNT] = COMPILED.0;
/// The classes of their patterns.
pub(super) static CLASSES: StepClasses = COMPILED.1;

const COMPILED: ([Kind; KIND_COUNT], StepClasses) = {
    let mut classes = StepClasses::new();
    let mut kinds = [Kind {
        pattern: Pattern::EMPTY,
        check: Check::Pattern,
    }; KIND_COUNT];
    let (mut area, mut at) = (0, 0);
    while area < AREAS.len() {
        let rows = AREAS[area].kinds;
        let mut row = 0;
        while row < rows.len() {
            kinds[at] = Kind {
                pattern: Pattern::new(rows[row].pattern, &mut classes),
                check: rows[row].check,
            };
            at += 1;
            row += 1;
        }
        area += 1;
    }
    (kinds, classes)
};
