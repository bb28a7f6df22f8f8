//! The grammar of names: dot-separated segments of `[a-z][a-z0-9_]*`; that of a log is one of
//! `[a-z][a-z0-9_-]*`.
//!
//! The macros check names with [`check`] and [`check_log`] when the host is compiled, the runtime
//! checks what a configuration says with the same functions and matches it with [`Family`].

use std::fmt;

/// The longest name, in bytes: a name stands in every record, and a record is at most 64 KiB.
pub const MAX_LEN: usize = 128;

/// What is wrong with a name, and at which byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError {
    /// Offset in the name, in bytes.
    pub at: usize,
    /// What was found there.
    pub kind: NameErrorKind,
}

/// The ways in which a name can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameErrorKind {
    /// The name is `""`.
    Empty,
    /// Two dots in a row, or one at either end.
    EmptySegment,
    /// A segment begins with a digit or an underscore.
    Start(char),
    /// The name of a log begins with a digit, an underscore or a hyphen.
    LogStart(char),
    /// A character outside `[a-z0-9_.]`, or outside `[a-z0-9_-]` in the name of a log.
    Character(char),
    /// More than [`MAX_LEN`] bytes.
    TooLong,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NameErrorKind::Empty => write!(f, "it is empty"),
            NameErrorKind::EmptySegment => write!(f, "it has an empty segment"),
            NameErrorKind::Start(found) => {
                write!(f, "a segment begins with `{}`", found.escape_default())
            }
            NameErrorKind::LogStart(found) => {
                write!(f, "it begins with `{}`", found.escape_default())
            }
            NameErrorKind::Character(found) => {
                write!(f, "`{}` cannot stand in it", found.escape_default())
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
/// assert_eq!(check("Model.open").unwrap_err().to_string(), "`M` cannot stand in it");
/// ```
///
/// # Errors
///
/// The first offence, from the left.
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

/// Checks the name of a log: `[a-z][a-z0-9_-]*`, the key of a table `[telemetry.logs.NAME]` and what
/// `telemetry_event!(log = "NAME")` writes to.
///
/// ```
/// use telemetry_schema::name::check_log;
/// assert!(check_log("my-log").is_ok());
/// assert_eq!(check_log("a.b").unwrap_err().to_string(), "`.` cannot stand in it");
/// ```
///
/// # Errors
///
/// The first offence, from the left.
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

/// A correct name near a wrong one, for the mend in an error message: `ModelSelection.Open` gives
/// `model_selection.open`. `None` where nothing is left of it.
pub fn mend(name: &str) -> Option<String> {
    let mut mended = String::new();
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
            if !mended.is_empty() {
                mended.push('.');
            }
            mended.push_str(word);
        }
    }
    check(&mended).is_ok().then_some(mended)
}

/// A family of names, as `include` and `exclude` in `config.toml` write it: `model.*` is every name
/// below `model`, `*` is every name, anything else is that one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    All,
    /// Holds the prefix with its dot.
    Below(String),
    One(String),
}

impl Family {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Where the pattern without its trailing `.*` is not a name.
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

    /// Whether a name belongs to the family.
    pub fn contains(&self, name: &str) -> bool {
        match &self.0 {
            Pattern::All => true,
            Pattern::Below(prefix) => name.starts_with(prefix),
            Pattern::One(one) => name == one,
        }
    }
}

/// As [`Family::parse`] reads it.
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
    fn names_of_the_design_are_accepted() {
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
    fn each_offence_is_named_where_it_is() {
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
    fn a_log_has_hyphens_and_no_dots() {
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
    fn mended_names_are_names() {
        assert_eq!(
            mend("ModelSelection.Open").as_deref(),
            Some("model_selection.open")
        );
        assert_eq!(mend("a..b-c.").as_deref(), Some("a.b_c"));
        assert_eq!(mend("1st try").as_deref(), Some("st_try"));
        assert_eq!(mend("…"), None);
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
