//! Directives over the targets of `tracing`: which targets a log takes, and up to which level.
//!
//! The syntax is that of `RUST_LOG`: `info`, `codex_core=debug`, `hyper=off`, separated by commas. A target stands for
//! every target that begins with it. The directive with the longest target decides.

use std::fmt;

use telemetry_schema::nearest::{is_misspelt, nearest};

use crate::Level;

/// The word for a target that is not taken at all.
const OFF: &str = "off";

/// The number of characters of an invalid level that a message quotes.
const WORD_LEN: usize = 30;

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
    /// The text has nothing in front of `=`.
    NoTarget,
    /// The text has nothing behind `=`.
    NoLevel,
    /// The text behind `=` is not a level.
    Level(String),
    /// The target has a character that no target has: a blank, a quote, or a bracket of a span filter.
    Character(char),
}

impl fmt::Display for DirectiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::NoTarget => write!(f, "it has no target before `=`"),
            Self::NoLevel => write!(f, "it has no level behind `=`"),
            Self::Level(level) => {
                let mut level = level.chars();
                let short: String = level.by_ref().take(WORD_LEN).collect();
                let more = if level.next().is_some() { "…" } else { "" };
                write!(f, "`{}{more}` is not a level", short.escape_debug())
            }
            Self::Character(found) if found.is_whitespace() => {
                write!(f, "a blank is not allowed in a target")
            }
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

    /// Parses directives that are separated by commas. Empty ones are skipped, as in `RUST_LOG`. Returns the valid directives,
    /// and the error of each of the others.
    pub(crate) fn parse_each(text: &str) -> (Self, Vec<DirectiveError>) {
        let (mut valid, mut errors) = (Vec::new(), Vec::new());
        for one in text.split(',').filter(|one| !one.trim().is_empty()) {
            match Directive::parse_word(one) {
                Ok(directive) => valid.push(directive),
                Err(error) => errors.push(error),
            }
        }
        (Self(valid), errors)
    }

    /// Returns the directives of `RUST_LOG` that are probably misspelt. A filter over spans and the expression
    /// behind `/` belong to other libraries.
    pub(crate) fn misspelt(text: &str) -> impl Iterator<Item = Misspelt<'_>> {
        let directives = text.split('/').take(1).flat_map(|text| text.split(','));
        directives
            .map(str::trim)
            .filter(|one| !one.is_empty() && !one.contains(['[', '{', ']', '}']))
            .filter_map(|one| match Directive::parse_word(one) {
                Err(error) => Some(Misspelt {
                    directive: one,
                    effect: format!(" ({error}), ignored"),
                    question: did_you_mean(&error),
                }),
                Ok(directive) => directive.misspelt(one),
            })
    }

    /// Returns the directives that are valid and have hardly the intended effect.
    pub(crate) fn doubtful(text: &str) -> impl Iterator<Item = Misspelt<'_>> {
        let directives = text.split(',').map(str::trim);
        directives.filter_map(|one| Directive::parse_word(one).ok()?.misspelt(one))
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

/// A directive that is ignored, or that is valid and has hardly the intended effect.
pub(crate) struct Misspelt<'t> {
    pub(crate) directive: &'t str,
    /// The effect of the directive, for a message behind its text.
    pub(crate) effect: String,
    /// The question for the end of that message, or an empty text.
    pub(crate) question: String,
}

impl Directive {
    /// Returns a description of a directive whose target is probably a level, or a target and a level. Such a directive takes
    /// nothing. `text` is the directive as it is written.
    fn misspelt<'t>(&self, text: &'t str) -> Option<Misspelt<'t>> {
        if self.prefix != text {
            return None;
        }
        let question = if let Some(level) = misspelt_level(text) {
            format!("; did you mean the level \"{level}\"?")
        } else {
            let (target, level) = text.rsplit_once(':')?;
            let is_target = !target.is_empty() && !target.ends_with(':');
            let level = levels().find(|it| is_target && level.eq_ignore_ascii_case(it))?;
            format!("; did you mean \"{target}={level}\"?")
        };
        Some(Misspelt {
            directive: text,
            effect: ", taken as a target".to_owned(),
            question,
        })
    }

    /// Returns the directive for all targets that is probably meant by a target with the name of a level.
    pub(crate) fn meant_for_all(text: &str) -> Option<String> {
        let level = levels().find(|level| text.trim().eq_ignore_ascii_case(level))?;
        Some(format!("*={level}"))
    }

    /// Parses a directive whose first word is a target, also where the word is that of a level.
    pub(crate) fn parse(text: &str) -> Result<Self, DirectiveError> {
        let text = text.trim();
        let (target, limit) = match text.rsplit_once('=') {
            Some((target, level)) => (target.trim(), limit(level)?),
            None => (text, Limit::Default),
        };
        if target.is_empty() {
            let is_empty = text.is_empty();
            return Err(if is_empty {
                DirectiveError::Empty
            } else {
                DirectiveError::NoTarget
            });
        }
        let is_foreign = |found: &char| {
            found.is_whitespace() || found.is_control() || "[]{}\"'=*;,".contains(*found)
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

/// Returns the words of levels.
fn levels() -> impl Iterator<Item = &'static str> {
    Level::ALL.map(Level::as_str).into_iter().chain([OFF])
}

/// Crates with names that are nearly a level.
const CRATES: [&str; 1] = ["warp"];

/// Returns the level that a directive without `=` probably means.
pub(crate) fn misspelt_level(word: &str) -> Option<&'static str> {
    const OTHER_WORDS: [(&str, &str); 6] = [
        ("warning", "warn"),
        ("verbose", "debug"),
        ("err", "error"),
        ("all", "trace"),
        ("none", OFF),
        ("silent", OFF),
    ];
    let word = word.to_ascii_lowercase();
    if CRATES.contains(&&*word) {
        return None;
    }
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
    match nearest(&word.to_ascii_lowercase(), levels()).or_else(|| misspelt_level(word)) {
        Some(meant) => format!("; did you mean \"{meant}\"?"),
        None => String::new(),
    }
}

fn limit(word: &str) -> Result<Limit, DirectiveError> {
    let word = word.trim();
    if word.is_empty() {
        return Err(DirectiveError::NoLevel);
    }
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
        let (targets, _) = Targets::parse_each("warn,codex=debug,codex::net=off, hyper ,h2=TRACE");
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
        let (info, errors) = Targets::parse_each("info");
        assert_eq!(errors, []);
        let level = |word: &str| DirectiveError::Level(word.into());
        let bracket = DirectiveError::Character('[');
        let errors = vec![bracket.clone(), bracket, level("loud")];
        assert_eq!(Targets::parse_each(text), (info, errors));
        assert_eq!(
            Directive::parse("a=loud"),
            Err(DirectiveError::Level("loud".into()))
        );
        assert_eq!(Directive::parse(" "), Err(DirectiveError::Empty));
        assert_eq!(Directive::parse("=debug"), Err(DirectiveError::NoTarget));
        assert_eq!(Directive::parse("hyper="), Err(DirectiveError::NoLevel));
        assert_eq!(Directive::parse("a b"), Err(DirectiveError::Character(' ')));
    }
}
