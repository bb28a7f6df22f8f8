//! Directives over the targets of `tracing`: which targets a log takes, and up to which level.
//!
//! The syntax is that of `RUST_LOG`: `info`, `codex_core=debug`, `hyper=off`, separated by commas. A target stands for
//! every target that begins with it. The directive with the longest target decides.

use std::fmt;

use telemetry_schema::nearest::{is_misspelt, nearest};

use crate::Level;

/// The word for a target that is not taken at all.
const OFF: &str = "off";

/// The directives of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Targets(Vec<Directive>);

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    /// The beginning of the targets that the directive is about; empty for all targets.
    prefix: String,
    limit: Limit,
    /// The text of the configuration.
    text: String,
}

/// The limit of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// The directive has no level.
    Default,
    Off,
    UpTo(Level),
}

/// Why a text is not a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DirectiveError {
    /// The text has no target and no level.
    Empty,
    /// The text behind `=` is not a level.
    Level(String),
    /// The target has a character that no target has: a blank, a quote, or a bracket of a span filter.
    Character(char),
}

impl fmt::Display for DirectiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::Level(level) => write!(f, "`{}` is not a level", level.escape_debug()),
            Self::Character(found) => {
                write!(f, "`{}` is not allowed in a target", found.escape_debug())
            }
        }
    }
}

impl Targets {
    /// Returns directives that take every target, up to the default level.
    pub(crate) fn all() -> Self {
        Self(vec![Directive {
            prefix: String::new(),
            limit: Limit::Default,
            text: "*".to_owned(),
        }])
    }

    pub(crate) fn new(directives: Vec<Directive>) -> Self {
        Self(directives)
    }

    /// Parses directives that are separated by commas. Empty ones are skipped, as in `RUST_LOG`.
    pub(crate) fn parse(text: &str) -> Result<Self, DirectiveError> {
        let directives = text.split(',').filter(|one| !one.trim().is_empty());
        directives
            .map(Directive::parse_word)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Like [`parse`](Self::parse), but skips what is not a directive of this syntax: `RUST_LOG` is also read by other
    /// libraries, which have further ones.
    pub(crate) fn parse_known(text: &str) -> Self {
        let directives = text.split(',').map(Directive::parse_word);
        Self(directives.filter_map(Result::ok).collect())
    }

    /// Returns the first directive of `RUST_LOG` that is probably misspelt, and why. A filter over spans and the expression
    /// behind `/` belong to other libraries.
    pub(crate) fn misspelt(text: &str) -> Option<(&str, String)> {
        let directives = text.split('/').next()?.split(',').map(str::trim);
        directives
            .filter(|one| !one.is_empty() && !one.contains(['[', '{', ']', '}']))
            .find_map(|one| {
                let why = match Directive::parse_word(one) {
                    Err(error) => format!(" ({error}), ignored{}", did_you_mean(&error)),
                    // A level is also a valid target, and then the filter takes nothing.
                    Ok(directive) if directive.prefix == one => {
                        let level = misspelt_level(one)?;
                        format!(", taken as a target; did you mean the level \"{level}\"?")
                    }
                    Ok(_) => return None,
                };
                Some((one, why))
            })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the texts of the directives.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|directive| &*directive.text)
    }

    /// Returns whether a record of that target and level is taken. `default` is the limit of directives without a level.
    pub(crate) fn admits(&self, target: &str, level: Level, default: Level) -> bool {
        let about = self.0.iter().filter(|one| target.starts_with(&*one.prefix));
        // Of equally long ones the last.
        match about
            .max_by_key(|one| one.prefix.len())
            .map(|one| one.limit)
        {
            None | Some(Limit::Off) => false,
            Some(Limit::Default) => level <= default,
            Some(Limit::UpTo(limit)) => level <= limit,
        }
    }
}

impl Directive {
    /// Parses a directive whose first word is a target, also where the word is that of a level.
    pub(crate) fn parse(text: &str) -> Result<Self, DirectiveError> {
        let text = text.trim();
        let (target, limit) = match text.rsplit_once('=') {
            Some((target, level)) => (target.trim(), limit(level)?),
            None => (text, Limit::Default),
        };
        if target.is_empty() {
            return Err(DirectiveError::Empty);
        }
        let is_foreign = |found: &char| {
            found.is_whitespace() || found.is_control() || "[]{}\"'=*".contains(*found)
        };
        let prefix = target.strip_suffix('*').unwrap_or(target);
        if let Some(found) = prefix.chars().find(is_foreign) {
            return Err(DirectiveError::Character(found));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            limit,
            text: text.to_owned(),
        })
    }

    /// Parses a directive of `RUST_LOG`, where a level alone is that of all targets.
    fn parse_word(text: &str) -> Result<Self, DirectiveError> {
        if let Ok(limit) = limit(text) {
            return Ok(Self {
                prefix: String::new(),
                limit,
                text: text.trim().to_owned(),
            });
        }
        let mut directive = Self::parse(text)?;
        if directive.limit == Limit::Default {
            directive.limit = Limit::UpTo(Level::Trace);
        }
        Ok(directive)
    }
}

/// The words of levels.
fn levels() -> impl Iterator<Item = &'static str> {
    Level::ALL.map(Level::as_str).into_iter().chain([OFF])
}

/// Returns the level that a directive without `=` probably means.
fn misspelt_level(word: &str) -> Option<&'static str> {
    const OTHER_WORDS: [(&str, &str); 6] = [
        ("warning", "warn"),
        ("verbose", "debug"),
        ("err", "error"),
        ("all", "trace"),
        ("none", OFF),
        ("silent", OFF),
    ];
    let word = word.to_ascii_lowercase();
    let other = OTHER_WORDS.iter().find(|(found, _)| *found == word);
    other
        .map(|(_, meant)| *meant)
        .or_else(|| levels().find(|level| is_misspelt(&word, level, 1)))
}

/// Returns the question after an error whose word is near to a level.
pub(crate) fn did_you_mean(error: &DirectiveError) -> String {
    let DirectiveError::Level(word) = error else {
        return String::new();
    };
    match nearest(&word.to_ascii_lowercase(), levels()) {
        Some(meant) => format!("; did you mean \"{meant}\"?"),
        None => String::new(),
    }
}

fn limit(word: &str) -> Result<Limit, DirectiveError> {
    let word = word.trim();
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if is(OFF) || word == "0" {
        return Ok(Limit::Off);
    }
    let mut levels = Level::ALL.into_iter().zip(["1", "2", "3", "4", "5"]);
    let level = levels.find(|(level, number)| is(level.as_str()) || word == *number);
    level
        .map(|(level, _)| Limit::UpTo(level))
        .ok_or_else(|| DirectiveError::Level(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_target_decides() {
        let targets = Targets::parse("warn,codex=debug,codex::net=off, hyper ,h2=TRACE").unwrap();
        for (target, level, admitted) in [
            ("other", Level::Warn, true),
            ("other", Level::Info, false),
            ("codex", Level::Debug, true),
            ("codex_core::client", Level::Debug, true),
            ("codex::net::tls", Level::Error, false),
            ("hyper::proto", Level::Trace, true),
            ("h2", Level::Trace, true),
        ] {
            assert_eq!(
                targets.admits(target, level, Level::Info),
                admitted,
                "{target}"
            );
        }
    }

    #[test]
    fn a_pattern_without_a_level_has_the_default_one() {
        let parse = |texts: &[&str]| {
            Targets::new(
                texts
                    .iter()
                    .map(|text| Directive::parse(text).unwrap())
                    .collect(),
            )
        };
        let targets = parse(&["codex_*", "codex_tui::render=error", "app::*=trace"]);
        assert!(targets.admits("codex_core", Level::Info, Level::Info));
        assert!(!targets.admits("codex_core", Level::Debug, Level::Info));
        assert!(!targets.admits("codex_tui::render", Level::Warn, Level::Info));
        assert!(targets.admits("app::net", Level::Trace, Level::Info));
        assert!(!targets.admits("app", Level::Error, Level::Info));
        assert!(parse(&["*"]).admits("any", Level::Info, Level::Info));
        assert!(!Targets::default().admits("any", Level::Error, Level::Trace));
    }

    #[test]
    fn directives_of_other_libraries_are_skipped_or_refused() {
        let text = "my_crate[span{field=1}]=debug,info,[x]=trace,a=loud";
        assert_eq!(Targets::parse_known(text), Targets::parse("info").unwrap());
        assert_eq!(Targets::parse(text), Err(DirectiveError::Character('[')));
        assert_eq!(
            Directive::parse("a=loud"),
            Err(DirectiveError::Level("loud".into()))
        );
        assert_eq!(Directive::parse("=debug"), Err(DirectiveError::Empty));
        assert_eq!(Directive::parse("a b"), Err(DirectiveError::Character(' ')));
    }
}
