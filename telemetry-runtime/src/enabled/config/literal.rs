//! Parts of a path that shells and other programs expand, and that telemetry takes literally.

use std::path::Path;

use super::invalid::quoted;
use super::value::described_text;

/// The directory to which a relative path belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// `CODEX_HOME`.
    Home,
    /// The log directory.
    Logs,
    /// The working directory of the host.
    WorkingDirectory,
}

/// A part of a path that other programs expand.
enum Unexpanded<'t> {
    /// `$HOME`, `${HOME}`, `$(pwd)`, `%APPDATA%`.
    Variable(&'t str),
    /// `%Y`, `{date}`, `*`.
    Pattern(&'t str),
    /// A `~` that is not the beginning of the path.
    Tilde,
    /// A backslash, where the separator is `/`.
    Backslash,
    /// A blank at an end of the path.
    Blank,
}

/// Returns a warning about the first part of a path that is taken literally although another program would expand it.
pub(super) fn warning(path: &str, base: Base) -> Option<String> {
    let part = first(path, base)?;
    let (part, rule) = match part {
        Unexpanded::Variable(part) => (format!("`{part}`"), "variables are not expanded"),
        Unexpanded::Pattern(part) => (format!("`{part}`"), "patterns are not expanded"),
        Unexpanded::Tilde => (
            "`~`".to_owned(),
            match base {
                Base::WorkingDirectory => "only a shell expands it",
                _ => "it is expanded only as the beginning of a path, before a `/`",
            },
        ),
        Unexpanded::Backslash => (
            "the backslash".to_owned(),
            "the separator of directories is `/` on this system",
        ),
        Unexpanded::Blank => {
            let is_first = path.starts_with(char::is_whitespace);
            let place = if is_first { "beginning" } else { "end" };
            (
                format!("the blank at the {place}"),
                "blanks are not removed",
            )
        }
    };
    let meant = meant(path, base).filter(|meant| first(meant, base).is_none());
    let remedy = match (meant, base) {
        (Some(meant), _) => format!("did you mean {}?", quoted(&meant)),
        (None, Base::Home) => {
            "write the path itself: absolute, from `~/`, or relative to CODEX_HOME".to_owned()
        }
        (None, Base::Logs) => {
            "write the path itself: absolute, from `~/`, or relative to the log directory"
                .to_owned()
        }
        (None, Base::WorkingDirectory) => {
            "write the path itself, and let it be absolute".to_owned()
        }
    };
    Some(format!(
        "found {}, in which {part} is a part of the name, because {rule}; {remedy}",
        described_text(path)
    ))
}

/// Returns a warning if a relative path begins with the end of the directory to which it is relative: `logs/tui.log`, which is
/// `logs/logs/tui.log` then.
pub(super) fn repetition(path: &str, directory: &Path) -> Option<String> {
    let path = Path::new(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    let parents = path.ancestors().skip(1);
    let mut repeated = parents.filter(|parent| !parent.as_os_str().is_empty());
    let repeated = repeated.find(|parent| parent.is_relative() && directory.ends_with(parent))?;
    let meant = path.strip_prefix(repeated).ok()?;
    let [found, meant] = [path, meant].map(Path::to_string_lossy);
    let whole = directory.join(path);
    Some(format!(
        "found {}, which is {}, because the path is relative to {}; did you mean {}?",
        described_text(&found),
        whole.display(),
        directory.display(),
        quoted(&meant)
    ))
}

fn first(path: &str, base: Base) -> Option<Unexpanded<'_>> {
    let has_home = base != Base::WorkingDirectory;
    if path != path.trim() {
        return Some(Unexpanded::Blank);
    }
    path.char_indices().find_map(|(at, found)| {
        let (before, rest) = path.split_at(at);
        match found {
            '$' => variable(rest).map(Unexpanded::Variable),
            '%' => percent(rest),
            '{' => {
                let end = rest.find('}')?;
                let name = &rest[1..end];
                let is_name = !name.is_empty() && name.chars().all(is_of_name);
                is_name.then_some(Unexpanded::Pattern(&rest[..=end]))
            }
            '*' => Some(Unexpanded::Pattern("*")),
            '~' if is_component(before, rest) && !(has_home && before.is_empty()) => {
                Some(Unexpanded::Tilde)
            }
            '\\' if cfg!(not(windows)) => Some(Unexpanded::Backslash),
            _ => None,
        }
    })
}

/// Returns whether the first character of `rest` is a whole component of the path.
fn is_component(before: &str, rest: &str) -> bool {
    let is_separator = |found: char| matches!(found, '/' | '\\');
    (before.is_empty() || before.ends_with(is_separator))
        && rest[1..].chars().next().is_none_or(is_separator)
}

fn is_of_name(found: char) -> bool {
    found.is_ascii_alphanumeric() || found == '_'
}

/// Returns the variable of a shell with which a text begins.
fn variable(text: &str) -> Option<&str> {
    let name = &text[1..];
    let closing = match name.chars().next()? {
        '{' => Some('}'),
        '(' => Some(')'),
        first if first.is_ascii_alphabetic() || first == '_' => None,
        _ => return None,
    };
    let len = if let Some(closing) = closing {
        name.find(closing)? + 1
    } else {
        // PowerShell writes `$env:HOME`.
        let prefix = if name.starts_with("env:") { 4 } else { 0 };
        let end = name[prefix..].find(|found| !is_of_name(found));
        end.map_or(name.len(), |end| prefix + end)
    };
    Some(&text[..=len])
}

/// Returns the variable of `cmd.exe`, or the part of a time, with which a text begins.
fn percent(text: &str) -> Option<Unexpanded<'_>> {
    let name = &text[1..];
    let len = name.find(|found: char| !is_of_name(found) && !matches!(found, '(' | ')'));
    let len = len.unwrap_or(name.len());
    if len > 1 && name[len..].starts_with('%') {
        return Some(Unexpanded::Variable(&text[..len + 2]));
    }
    let first = name.chars().next()?;
    first
        .is_ascii_alphabetic()
        .then(|| Unexpanded::Pattern(&text[..2]))
}

/// Returns the path that is probably meant.
fn meant(path: &str, base: Base) -> Option<String> {
    let part = match first(path, base)? {
        Unexpanded::Variable(part) => part,
        Unexpanded::Backslash if !path.contains(':') && !path.starts_with('\\') => {
            return Some(path.replace('\\', "/"));
        }
        Unexpanded::Blank => return Some(path.trim().to_owned()).filter(|path| !path.is_empty()),
        _ => return None,
    };
    let below = path.strip_prefix(part)?.strip_prefix(['/', '\\'])?;
    let below = if cfg!(windows) {
        below.to_owned()
    } else {
        below.replace('\\', "/")
    };
    let name = part.trim_matches(['$', '{', '}', '%']);
    match name.trim_start_matches("env:") {
        "HOME" | "USERPROFILE" if base != Base::WorkingDirectory => Some(format!("~/{below}")),
        "CODEX_HOME" if base == Base::Home => Some(below),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_that_is_taken_literally_is_found() {
        for (path, part, meant) in [
            ("$HOME/logs", "`$HOME`", Some("~/logs")),
            ("${HOME}/a/b", "`${HOME}`", Some("~/a/b")),
            (
                "$env:USERPROFILE/logs",
                "`$env:USERPROFILE`",
                Some("~/logs"),
            ),
            ("%USERPROFILE%/logs", "`%USERPROFILE%`", Some("~/logs")),
            ("$CODEX_HOME/logs", "`$CODEX_HOME`", Some("logs")),
            ("${CODEX_HOME}/${USER}", "`${CODEX_HOME}`", None),
            ("$HOME", "`$HOME`", None),
            ("$(pwd)/logs", "`$(pwd)`", None),
            ("logs/$USER", "`$USER`", None),
            ("%APPDATA%/agent", "`%APPDATA%`", None),
            ("%ProgramFiles(x86)%/agent", "`%ProgramFiles(x86)%`", None),
            ("tui-%Y-%m-%d.log", "`%Y`", None),
            ("tui-{date}.log", "`{date}`", None),
            ("*.log", "`*`", None),
            ("logs/~/x", "`~`", None),
            ("logs ", "the blank at the end", Some("logs")),
            (" logs", "the blank at the beginning", Some("logs")),
        ] {
            let warning = warning(path, Base::Home).expect(path);
            assert!(warning.contains(&format!("in which {part}")), "{warning}");
            let question = meant.map(|meant| format!("; did you mean \"{meant}\"?"));
            let remedy = question.unwrap_or_else(|| {
                "; write the path itself: absolute, from `~/`, or relative to CODEX_HOME".to_owned()
            });
            assert!(warning.ends_with(&remedy), "{warning}");
        }
    }

    #[test]
    fn other_paths_have_no_warning() {
        for path in [
            "logs",
            "~/logs",
            "~",
            "a b/c",
            "a~/b.log~1",
            "cash$/1$",
            "100%/50%5",
            "{}",
            "/srv/{a b}",
            "é/ü.log",
        ] {
            assert_eq!(warning(path, Base::Logs), None, "{path}");
        }
    }
}
