//! From paths in the source to the files that define what they name.

use std::collections::BTreeMap;

use crate::extract::{Import, Path};
use crate::workspace::Crate;

/// A limit above the number of re-exports that any path leads through. It ends the walk when re-exports form a circle.
const MAX_STEPS: usize = 16;

/// A file uses items of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The file that uses.
    pub user: String,
    /// The file that is used.
    pub used: String,
    /// The module path of the file that uses.
    pub(crate) user_path: Vec<String>,
    /// The module path of the file that is used.
    pub(crate) used_path: Vec<String>,
    /// The first line that uses it.
    pub line: usize,
    /// The names that are used.
    pub names: Vec<String>,
}

impl std::fmt::Display for Dependency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            user,
            used,
            line,
            names,
            ..
        } = self;
        write!(out, "{user}:{line} uses {used}: {}", names.join(", "))
    }
}

/// The modules that a path leads through, each with the name that is used there.
type Found = Vec<(usize, String)>;

impl Crate {
    /// Returns which file uses which, without a file and its own child modules. A path that leads
    /// through a re-export is a use of the file that defines the item.
    pub(crate) fn dependencies_of_files(&self) -> Vec<Dependency> {
        let mut found: BTreeMap<(String, String), Dependency> = BTreeMap::new();
        for (index, module) in self.modules.iter().enumerate() {
            let imports = module.contents.imports.iter().map(|import| &import.path);
            for path in imports.chain(&module.contents.paths) {
                for (used, name) in self.resolve(index, path) {
                    let used = &self.modules[used];
                    if module.file == used.file
                        || module.file_path.starts_with(&used.file_path)
                        || used.file_path.starts_with(&module.file_path)
                    {
                        continue;
                    }
                    let pair = (module.file.clone(), used.file.clone());
                    let dependency = found.entry(pair).or_insert_with(|| Dependency {
                        user: module.file.clone(),
                        used: used.file.clone(),
                        user_path: module.file_path.clone(),
                        used_path: used.file_path.clone(),
                        line: path.line,
                        names: Vec::new(),
                    });
                    dependency.line = dependency.line.min(path.line);
                    if !dependency.names.contains(&name) {
                        dependency.names.push(name);
                    }
                }
            }
        }
        found.into_values().collect()
    }

    fn resolve(&self, module: usize, path: &Path) -> Found {
        let mut found = Found::new();
        self.follow(module, &path.segments, true, MAX_STEPS, &mut found);
        found
    }

    /// Follows `segments` from `module`. `is_start` allows `crate`, `self` and `super`.
    fn follow(
        &self,
        module: usize,
        segments: &[String],
        is_start: bool,
        steps: usize,
        found: &mut Found,
    ) {
        let (Some(steps), Some((first, rest))) = (steps.checked_sub(1), segments.split_first())
        else {
            return;
        };
        let here = &self.modules[module];
        let next = match first.as_str() {
            "crate" if is_start => Some(here.root),
            "self" if is_start => Some(module),
            "super" => Some(here.parent),
            name => self.child(module, name),
        };
        if let Some(next) = next {
            if rest.is_empty() {
                found.push((next, first.clone()));
            } else {
                let is_start = is_start && matches!(first.as_str(), "self" | "super");
                self.step(next, rest, is_start, steps, found);
            }
            return;
        }
        // Without a module of this name, the path begins with an imported name or another crate.
        self.import(module, first, rest, steps, found);
    }

    /// Takes the next step inside of `module`, where the name may also be an item of its own.
    fn step(
        &self,
        module: usize,
        segments: &[String],
        is_start: bool,
        steps: usize,
        found: &mut Found,
    ) {
        let name = &segments[0];
        let is_module = is_start && name == "super" || self.child(module, name).is_some();
        if is_module {
            return self.follow(module, segments, is_start, steps, found);
        }
        let before = found.len();
        self.import(module, name, &segments[1..], steps, found);
        if found.len() == before || self.modules[module].contents.names.contains(name) {
            found.push((module, name.clone()));
        }
    }

    /// Follows the imports of `module` that bring `name` into its scope.
    fn import(&self, module: usize, name: &str, rest: &[String], steps: usize, found: &mut Found) {
        let contents = &self.modules[module].contents;
        for import in &contents.imports {
            let mut segments = import.path.segments.clone();
            match &import.name {
                Some(alias) if alias == name => {}
                None if !contents.names.contains(name) && self.glob_has(module, import, name) => {
                    segments.push(name.to_owned());
                }
                _ => continue,
            }
            // `use name;` of another crate names itself.
            if segments.len() == 1 && segments[0] == name {
                continue;
            }
            segments.extend_from_slice(rest);
            self.follow(module, &segments, true, steps, found);
        }
    }

    /// Returns true when the module behind a glob import has `name` in its scope.
    fn glob_has(&self, module: usize, import: &Import, name: &str) -> bool {
        let mut found = Found::new();
        self.follow_module(module, &import.path.segments, &mut found);
        found.iter().any(|(target, _)| {
            let contents = &self.modules[*target].contents;
            let is_imported = contents
                .imports
                .iter()
                .any(|other| other.name.as_deref() == Some(name));
            *target != module && (is_imported || contents.names.contains(name))
        })
    }

    /// Follows a path to a module by module names alone, as is enough for a glob import.
    fn follow_module(&self, module: usize, segments: &[String], found: &mut Found) {
        let mut at = module;
        for (position, segment) in segments.iter().enumerate() {
            let here = &self.modules[at];
            let next = match segment.as_str() {
                "crate" if position == 0 => Some(here.root),
                "self" if position == 0 => Some(at),
                "super" => Some(here.parent),
                name => self.child(at, name),
            };
            let Some(next) = next else { return };
            at = next;
        }
        found.push((at, "*".to_owned()));
    }

    fn child(&self, module: usize, name: &str) -> Option<usize> {
        self.modules[module].children.get(name).copied()
    }
}
