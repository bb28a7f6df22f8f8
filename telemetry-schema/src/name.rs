//! The grammar of names. Spans, events and fields have dot-separated segments of `[a-z][a-z0-9_]*`; a log has one of
//! `[a-z][a-z0-9_-]*`.
//!
//! The macros check names with [`check`] and [`check_log`] at compile time. The runtime checks the names of a configuration
//! with these functions and matches names with [`Family`].

use std::fmt;

/// The length of the longest name in bytes, since each record contains names and is at most 64 KiB long.
pub const MAX_LEN: usize = 128;

/// The first error in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError {
    /// The offset of the error in the name, in bytes.
    pub at: usize,
    /// The kind of the error.
    pub kind: NameErrorKind,
}

/// The kinds of errors in names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameErrorKind {
    /// The name is `""`.
    Empty,
    /// The name has two adjacent dots, or a dot at the beginning or the end.
    EmptySegment,
    /// A segment begins with a digit or an underscore.
    Start(char),
    /// The name of a log begins with a digit, an underscore or a hyphen.
    LogStart(char),
    /// The name has a character outside of `[a-z0-9_.]`, or of `[a-z0-9_-]` for a log.
    Character(char),
    /// The name is longer than [`MAX_LEN`] bytes.
    TooLong,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NameErrorKind::Empty => write!(f, "it is empty"),
            NameErrorKind::EmptySegment => write!(f, "it has an empty segment"),
            NameErrorKind::Start(found) => {
                write!(f, "a segment begins with `{}`", found.escape_debug())
            }
            NameErrorKind::LogStart(found) => {
                write!(f, "it begins with `{}`", found.escape_debug())
            }
            NameErrorKind::Character(found) => {
                write!(f, "`{}` is not allowed", found.escape_debug())
            }
            NameErrorKind::TooLong => write!(f, "it is longer than {MAX_LEN} bytes"),
        }
    }
}

impl std::error::Error for NameError {}

/// Checks a span, event or field name.
///
/// ```
/// use telemetry_schema::name::check;
/// assert!(check("model_selection.open").is_ok());
/// assert_eq!(check("model_selection..open").unwrap_err().at, 16);
/// assert_eq!(check("Model.open").unwrap_err().to_string(), "`M` is not allowed");
/// ```
///
/// # Errors
///
/// Returns the first error from the left.
pub fn check(name: &str) -> Result<(), NameError> {
    let wrong = |at, kind| Err(NameError { at, kind });
    if name.is_empty() {
        return wrong(0, NameErrorKind::Empty);
    }
    if name.len() > MAX_LEN {
        return wrong(MAX_LEN, NameErrorKind::TooLong);
    }
    let mut starts_segment = true;
    for (at, found) in name.char_indices() {
        match found {
            '.' if starts_segment => return wrong(at, NameErrorKind::EmptySegment),
            '.' => starts_segment = true,
            'a'..='z' => starts_segment = false,
            '0'..='9' | '_' if starts_segment => return wrong(at, NameErrorKind::Start(found)),
            '0'..='9' | '_' => {}
            _ => return wrong(at, NameErrorKind::Character(found)),
        }
    }
    if starts_segment {
        return wrong(name.len() - 1, NameErrorKind::EmptySegment);
    }
    Ok(())
}

/// Checks the name of a log: `[a-z][a-z0-9_-]*`, as in `[telemetry.logs.NAME]` and `telemetry_event!(log = "NAME")`.
///
/// ```
/// use telemetry_schema::name::check_log;
/// assert!(check_log("my-log").is_ok());
/// assert_eq!(check_log("a.b").unwrap_err().to_string(), "`.` is not allowed");
/// ```
///
/// # Errors
///
/// Returns the first error from the left.
pub fn check_log(name: &str) -> Result<(), NameError> {
    let wrong = |at, kind| Err(NameError { at, kind });
    if name.is_empty() {
        return wrong(0, NameErrorKind::Empty);
    }
    for (at, found) in name.char_indices() {
        match found {
            '0'..='9' | '_' | '-' if at == 0 => return wrong(at, NameErrorKind::LogStart(found)),
            'a'..='z' | '0'..='9' | '_' | '-' => {}
            _ => return wrong(at, NameErrorKind::Character(found)),
        }
    }
    Ok(())
}

/// Returns a valid name that is near to an invalid one, for an error message: `model_selection.open` for
/// `ModelSelection.Open`. `None` if the name has no valid character.
pub fn suggestion(name: &str) -> Option<String> {
    let mut valid = String::new();
    for segment in name.split('.') {
        let mut word = String::new();
        let mut after_lower = false;
        for found in segment.chars() {
            if found.is_ascii_uppercase() && after_lower {
                word.push('_');
            }
            after_lower = found.is_ascii_lowercase() || found.is_ascii_digit();
            match found.to_ascii_lowercase() {
                kept @ ('a'..='z' | '0'..='9') => word.push(kept),
                _ if !word.ends_with('_') => word.push('_'),
                _ => {}
            }
        }
        let word = word
            .trim_matches('_')
            .trim_start_matches(|first: char| !first.is_ascii_lowercase());
        if !word.is_empty() {
            if !valid.is_empty() {
                valid.push('.');
            }
            valid.push_str(word);
        }
    }
    check(&valid).is_ok().then_some(valid)
}

/// A family of names, as in `include` and `exclude` of `config.toml`: `model.*` stands for every name below `model`, `*` for
/// every name, and a name for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    All,
    /// The prefix with its dot.
    Below(String),
    One(String),
}

impl Family {
    /// Parses a pattern.
    ///
    /// # Errors
    ///
    /// Fails if the pattern without its trailing `.*` is not a valid name.
    pub fn parse(pattern: &str) -> Result<Self, NameError> {
        if pattern == "*" {
            return Ok(Self(Pattern::All));
        }
        if let Some(prefix) = pattern.strip_suffix(".*") {
            check(prefix)?;
            return Ok(Self(Pattern::Below(format!("{prefix}."))));
        }
        check(pattern)?;
        Ok(Self(Pattern::One(pattern.to_owned())))
    }

    /// Returns whether a name belongs to the family.
    pub fn contains(&self, name: &str) -> bool {
        match &self.0 {
            Pattern::All => true,
            Pattern::Below(prefix) => name.starts_with(prefix),
            Pattern::One(one) => name == one,
        }
    }
}

/// Formats the family as [`Family::parse`] accepts it.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::All => f.write_str("*"),
            Pattern::Below(prefix) => write!(f, "{prefix}*"),
            Pattern::One(one) => f.write_str(one),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names_are_accepted() {
        for name in [
            "a",
            "a1",
            "model.request",
            "chatwidget.header.draw_2",
            "status.x_y_",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn each_error_has_its_kind_and_offset() {
        let cases = [
            ("", 0, NameErrorKind::Empty),
            (".a", 0, NameErrorKind::EmptySegment),
            ("a.", 1, NameErrorKind::EmptySegment),
            ("a..b", 2, NameErrorKind::EmptySegment),
            ("1a", 0, NameErrorKind::Start('1')),
            ("a._b", 2, NameErrorKind::Start('_')),
            ("aB", 1, NameErrorKind::Character('B')),
            ("a-b", 1, NameErrorKind::Character('-')),
            ("é", 0, NameErrorKind::Character('é')),
        ];
        for (name, at, kind) in cases {
            assert_eq!(check(name), Err(NameError { at, kind }), "{name}");
        }
        assert_eq!(check(&"a".repeat(MAX_LEN)), Ok(()));
        assert_eq!(
            check(&"a".repeat(MAX_LEN + 1)).unwrap_err().kind,
            NameErrorKind::TooLong
        );
    }

    #[test]
    fn the_name_of_a_log_has_hyphens_but_no_dots() {
        for name in ["a", "my-log", "prompts_2", "a-", "debug"] {
            assert_eq!(check_log(name), Ok(()), "{name}");
        }
        let cases = [
            ("", 0, NameErrorKind::Empty),
            ("1a", 0, NameErrorKind::LogStart('1')),
            ("-a", 0, NameErrorKind::LogStart('-')),
            ("_a", 0, NameErrorKind::LogStart('_')),
            ("a.b", 1, NameErrorKind::Character('.')),
            ("aB", 1, NameErrorKind::Character('B')),
            ("a/b", 1, NameErrorKind::Character('/')),
            ("é", 0, NameErrorKind::Character('é')),
        ];
        for (name, at, kind) in cases {
            assert_eq!(check_log(name), Err(NameError { at, kind }), "{name}");
        }
    }

    #[test]
    fn suggestions_are_valid_names() {
        assert_eq!(
            suggestion("ModelSelection.Open").as_deref(),
            Some("model_selection.open")
        );
        assert_eq!(suggestion("a..b-c.").as_deref(), Some("a.b_c"));
        assert_eq!(suggestion("1st try").as_deref(), Some("st_try"));
        assert_eq!(suggestion("…"), None);
    }

    #[test]
    fn families_match_whole_segments() {
        let family = Family::parse("model.*").unwrap();
        assert!(family.contains("model.request"));
        assert!(!family.contains("model_selection.open"));
        assert!(!family.contains("model"));
        assert!(Family::parse("*").unwrap().contains("model"));
        assert!(Family::parse("model").unwrap().contains("model"));
        for written in ["*", "model.*", "model", "chatwidget.header.*"] {
            assert_eq!(Family::parse(written).unwrap().to_string(), written);
        }
        assert!(Family::parse("Model.*").is_err());
        assert!(Family::parse("mod*").is_err());
    }
}
