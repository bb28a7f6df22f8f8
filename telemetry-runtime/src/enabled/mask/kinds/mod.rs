//! The table of keys that are recognized by their own text, one row for each kind.
//!
//! A row has a name, a pattern, what else must hold, and who publishes the format. Lengths are lower
//! bounds where a beginning is proof enough: providers lengthen their keys.

mod chat;
mod cloud;
mod delivery;
mod model;
mod observability;
mod payment;
mod product;
mod registry;
mod repository;

use super::pattern::Pattern;

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

/// Who publishes the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Gitleaks,
    Trufflehog,
    /// Both of them.
    Both,
    /// The provider's documentation or its keys.
    Provider,
}

/// A kind of key.
#[derive(Debug)]
pub(super) struct Kind {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) name: &'static str,
    pub(super) pattern: Pattern,
    pub(super) check: Check,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) source: Source,
}

const fn kind(name: &'static str, pattern: &'static str, check: Check, source: Source) -> Kind {
    let pattern = Pattern::new(pattern);
    Kind {
        name,
        pattern,
        check,
        source,
    }
}

/// Kinds whose pattern is enough.
const fn sure(name: &'static str, pattern: &'static str, source: Source) -> Kind {
    kind(name, pattern, Check::Pattern, source)
}

/// Kinds whose body must be more than words.
const fn no_words(name: &'static str, pattern: &'static str, source: Source) -> Kind {
    kind(name, pattern, Check::Words, source)
}

/// Kinds whose body must look random as well: names in programs begin with the same letters.
const fn random(name: &'static str, pattern: &'static str, source: Source) -> Kind {
    kind(name, pattern, Check::Random, source)
}

/// An area of the table and its heading in the documentation.
pub(super) struct Area {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation is made from it")
    )]
    pub(super) title: &'static str,
    pub(super) kinds: &'static [Kind],
}

pub(super) static AREAS: [Area; 9] = [
    Area {
        title: "Models and their tools",
        kinds: &model::KINDS,
    },
    Area {
        title: "Clouds and infrastructure",
        kinds: &cloud::KINDS,
    },
    Area {
        title: "Repositories",
        kinds: &repository::KINDS,
    },
    Area {
        title: "Builds, deployments and feature flags",
        kinds: &delivery::KINDS,
    },
    Area {
        title: "Package registries",
        kinds: &registry::KINDS,
    },
    Area {
        title: "Chat, mail and telephony",
        kinds: &chat::KINDS,
    },
    Area {
        title: "Payment and commerce",
        kinds: &payment::KINDS,
    },
    Area {
        title: "Observability",
        kinds: &observability::KINDS,
    },
    Area {
        title: "Other products",
        kinds: &product::KINDS,
    },
];
