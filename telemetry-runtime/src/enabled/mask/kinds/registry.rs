//! Package registries and container registries.

use super::Source::{Both, Gitleaks, Provider, Trufflehog};
use super::{KindRow, no_words, random, sure};

#[rustfmt::skip] // One row a kind.
pub(super) const ROWS: [KindRow; 11] = [
    random("npm token", r"npm_[A-Za-z0-9_]{16,}", Both),
    no_words("PyPI token", r"pypi-[A-Za-z0-9_-]{32,}", Both),
    sure("RubyGems key", r"rubygems_[A-Za-z0-9]{40,}", Both),
    sure("crates.io token", r"cio[A-Za-z0-9]{32}", Provider),
    sure("Clojars token", r"CLOJARS_[A-Za-z0-9]{60}", Gitleaks),
    sure("NuGet key", r"oy2[a-z0-9]{43}", Trufflehog),
    no_words("Docker personal token", r"dckr_pat_[A-Za-z0-9_-]{16,}", Trufflehog),
    no_words("Docker organization token", r"dckr_oat_[A-Za-z0-9_-]{16,}", Trufflehog),
    sure("JFrog Artifactory key", r"AKCp[A-Za-z0-9]{69}", Both),
    sure("JFrog reference token", r"cmVmdGtu[A-Za-z0-9]{56}", Both),
    sure("JFrog reference token of another form", r"cmVmd[A-Za-z0-9]{59}", Gitleaks),
];
