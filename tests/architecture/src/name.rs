//! Type names that a crate defines twice.

use std::collections::BTreeMap;

use crate::extract::TypeName;
use crate::workspace::{Crate, Module, Workspace};

/// A type name that a crate may define more than once.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The crate's name.
    pub package: &'static str,
    /// The type's name.
    pub name: &'static str,
    /// Why two types of this name are clearer than two names.
    pub reason: &'static str,
}

/// Returns a message for each type or trait name that a crate defines twice in one build, and for
/// each exception that no definition needs.
pub fn repeated_types(workspace: &Workspace, exceptions: &[Exception]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut unused: Vec<&Exception> = exceptions.iter().collect();
    for checked in &workspace.crates {
        for (name, places) in repeated_in(checked) {
            let is_excepted =
                |exception: &Exception| exception.package == checked.name && exception.name == name;
            if exceptions.iter().any(is_excepted) {
                unused.retain(|exception| !is_excepted(exception));
            } else {
                messages.push(format!(
                    "{}: the type name `{name}` is defined at {}. Name each type for what it is, \
                     or merge the types.",
                    checked.name,
                    places.join(", ")
                ));
            }
        }
    }
    messages.extend(unused.into_iter().map(|exception| {
        format!(
            "{}: the exception for `{}` is not needed any more; remove it",
            exception.package, exception.name
        )
    }));
    messages
}

fn repeated_in(checked: &Crate) -> Vec<(String, Vec<String>)> {
    let mut definitions: BTreeMap<&str, Vec<(&Module, &TypeName)>> = BTreeMap::new();
    for module in &checked.modules {
        for defined in &module.contents.types {
            definitions
                .entry(&defined.name)
                .or_default()
                .push((module, defined));
        }
    }
    let mut repeated = Vec::new();
    for (name, places) in definitions {
        let conditions = |(module, defined): &(&Module, &TypeName)| {
            let mut all = checked.conditions_of(module);
            all.extend(defined.conditions.iter().cloned());
            all
        };
        let is_repeated = |index: usize| {
            let own = conditions(&places[index]);
            let mut others = places
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            others.any(|(_, other)| !are_exclusive(&own, &conditions(other)))
        };
        let found: Vec<String> = (0..places.len())
            .filter(|index| is_repeated(*index))
            .map(|index| format!("{}:{}", places[index].0.file, places[index].1.line))
            .collect();
        if !found.is_empty() {
            repeated.push((name.to_owned(), found));
        }
    }
    repeated
}

impl Crate {
    /// Returns the `cfg` predicates on the declarations of a module and of the modules around it.
    fn conditions_of(&self, module: &Module) -> Vec<String> {
        let around = self
            .modules
            .iter()
            .filter(|other| other.root == module.root && module.path.starts_with(&other.path));
        around
            .flat_map(|other| other.conditions.iter().cloned())
            .collect()
    }
}

/// Returns true when no build satisfies both sets of predicates.
fn are_exclusive(left: &[String], right: &[String]) -> bool {
    excludes(left, right) || excludes(right, left)
}

fn excludes(left: &[String], right: &[String]) -> bool {
    left.iter().any(|predicate| {
        let is_negation = |other: &String| {
            let Some(negated) = other
                .strip_prefix("not(")
                .and_then(|rest| rest.strip_suffix(')'))
            else {
                return predicate == "unix" && other == "windows";
            };
            let any = negated
                .strip_prefix("any(")
                .and_then(|rest| rest.strip_suffix(')'));
            negated == predicate
                || any.is_some_and(|any| any.split(',').any(|one| one == predicate))
        };
        right.iter().any(is_negation)
    })
}
