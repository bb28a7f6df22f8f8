//! The names in documents: files, modules and items that have to exist.

use std::collections::BTreeSet;

use crate::source::{Source, extension};
use crate::workspace::{Crate, Workspace};

/// The document that names modules and items.
const MAP: &str = "ARCHITECTURE.md";

/// Returns a message for each name in ARCHITECTURE.md that does not exist.
///
/// Checked are the names in backticks and the first words of indented code blocks:
/// a path with `/` or a file's extension is a file or a directory, a path with `::` is a module or
/// an item of a module, a single name in the first column of a table is a crate or a module, and
/// a name with a capital or an underscore occurs in the source.
pub fn missing_names(source: &Source, workspace: &Workspace) -> Vec<String> {
    let known = Known::new(source, workspace);
    let mut messages = Vec::new();
    let mut is_fenced = false;
    for (number, line) in (1..).zip(source.text(MAP).unwrap_or_default().lines()) {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
            continue;
        }
        if is_fenced {
            continue;
        }
        for (name, is_first_column) in names(line) {
            if let Some(expected) = known.missing(name, is_first_column) {
                messages.push(format!(
                    "{MAP}:{number}: `{name}` does not exist; expected {expected}"
                ));
            }
        }
    }
    messages
}

/// Returns a message for each name of a function, a key or a path in `README.md` and `docs` that does
/// not exist: a name in backticks with an underscore occurs in the source, and a path whose first
/// directory exists is that of a file or a directory.
pub fn stale_names(source: &Source, workspace: &Workspace) -> Vec<String> {
    let known = Known::new(source, workspace);
    let is_checked = |path: &&str| {
        extension(path) == "md" && (*path == "README.md" || path.starts_with("docs/"))
    };
    let mut messages = Vec::new();
    for document in source.paths().filter(is_checked) {
        for (number, line) in (1..).zip(source.text(document).unwrap_or_default().lines()) {
            for (name, _) in names(line) {
                if known.is_stale(name) {
                    messages.push(format!(
                        "{document}:{number}: `{name}` does not occur in the source; write its new \
                         name or remove it"
                    ));
                }
            }
        }
    }
    messages
}

/// Returns the names in a line of Markdown, each with whether it is in the first column of a table.
fn names(line: &str) -> Vec<(&str, bool)> {
    if let Some(code) = line.strip_prefix("    ") {
        let first = code
            .split_whitespace()
            .next()
            .filter(|word| word.contains("::"));
        return first.map(|word| (word, false)).into_iter().collect();
    }
    let first_column = line
        .strip_prefix('|')
        .map_or(0, |row| row.find('|').unwrap_or(0));
    let mut found = Vec::new();
    let mut at = 0;
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 1 {
            found.push((part, at < first_column));
        }
        at += part.len() + 1;
    }
    found
}

/// Everything that a name may refer to.
struct Known<'a> {
    source: &'a Source,
    workspace: &'a Workspace,
    words: BTreeSet<&'a str>,
    dependencies: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn new(source: &'a Source, workspace: &'a Workspace) -> Self {
        let rust = source
            .paths()
            .filter(|path| ["rs", "toml", "txt"].contains(&extension(path)));
        let texts = rust.filter_map(|path| source.text(path));
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let words = texts
            .flat_map(|text| text.split(move |c| !is_part(c)))
            .collect();
        let dependencies = workspace
            .crates
            .iter()
            .flat_map(|checked| &checked.dependencies);
        let dependencies = dependencies.map(|name| name.replace('-', "_"));
        Self {
            source,
            workspace,
            words,
            dependencies: dependencies.collect(),
        }
    }

    /// Returns what was expected when the name does not exist.
    fn missing(&self, name: &str, is_first_column: bool) -> Option<&'static str> {
        let name = name.trim_end_matches("()").trim_end_matches('!');
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_:./-".contains(c);
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || !name.chars().all(is_name) {
            return None;
        }
        let has_extension = ["rs", "md", "toml", "json"].contains(&extension(name));
        if name.contains("://") || has_extension && self.is_written(name) {
            None
        } else if name.contains('/') || has_extension {
            (!self.has_path(name)).then_some("a file or a directory of this repository")
        } else if name.contains("::") {
            (!self.has_item(name)).then_some("a module of a crate, or an item of a module")
        } else if is_first_column {
            (!self.has_module(name)).then_some("a crate or a module")
        } else if name.contains(|c: char| c.is_ascii_uppercase() || c == '_') {
            (!self.words.contains(name)).then_some("a name that occurs in the source")
        } else {
            None
        }
    }

    /// Returns true for a name with an underscore that the source does not contain, and for a path
    /// that does not exist although its first directory does.
    fn is_stale(&self, name: &str) -> bool {
        if let Some((directory, _)) = name.split_once('/') {
            let is_path = name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c));
            let is_inside = |path: &str| path.split('/').next() == Some(directory);
            is_path && self.source.paths().any(is_inside) && !self.has_path(name)
        } else {
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.contains('_')
                && name.chars().all(is_name)
                && !self.words.contains(name)
        }
    }

    /// Returns true when Rust code contains the name of a file, which may be a user's file.
    fn is_written(&self, name: &str) -> bool {
        let mut rust = self.source.paths().filter(|path| extension(path) == "rs");
        !name.contains('/')
            && rust.any(|path| {
                self.source
                    .text(path)
                    .is_some_and(|text| text.contains(name))
            })
    }

    fn has_path(&self, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        let (inside, below) = (format!("/{name}"), format!("/{name}/"));
        self.source.paths().any(|path| {
            let path = format!("/{path}");
            path.ends_with(&inside) || path.contains(&below)
        })
    }

    fn has_module(&self, name: &str) -> bool {
        self.workspace.crates.iter().any(|checked| {
            let is_last = |path: &[String]| path.last().is_some_and(|last| last == name);
            checked.name == name
                || checked.directory == name
                || checked.modules.iter().any(|module| is_last(&module.path))
        }) || self.has_path(&format!("{name}/Cargo.toml"))
    }

    fn has_item(&self, name: &str) -> bool {
        let mut segments: Vec<&str> = name.split("::").collect();
        let is_of = |checked: &Crate| checked.name.replace('-', "_") == segments[0];
        let owner = self.workspace.crates.iter().find(|checked| is_of(checked));
        if let Some(owner) = owner {
            segments.remove(0);
            return owner.has_item(&segments);
        }
        ["std", "core", "alloc"].contains(&segments[0])
            || self.dependencies.contains(segments[0])
            || self
                .workspace
                .crates
                .iter()
                .any(|checked| checked.has_item(&segments))
    }
}

impl Crate {
    /// Returns true when the last segments name items of a module whose path ends with the first
    /// ones.
    fn has_item(&self, segments: &[&str]) -> bool {
        (0..=segments.len()).any(|split| {
            let (path, items) = segments.split_at(split);
            self.modules.iter().any(|module| {
                let is_imported = |name: &str| {
                    let mut imports = module.contents.imports.iter();
                    imports.any(|import| import.name.as_deref() == Some(name))
                };
                let ends = module.path.len() >= path.len()
                    && module.path[module.path.len() - path.len()..] == *path;
                ends && items
                    .iter()
                    .all(|item| module.contents.names.contains(*item) || is_imported(item))
            })
        })
    }
}
