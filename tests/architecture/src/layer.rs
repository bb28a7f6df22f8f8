//! Layers: which modules and which crates may use which.

use std::collections::{BTreeMap, BTreeSet};

use crate::circle::components;
use crate::resolve::Dependency;
use crate::source::Source;
use crate::workspace::Workspace;

/// The file that declares the layers.
const MAP: &str = "ARCHITECTURE.md";

/// The beginning of a declaration in the file, which is followed by `crates` or a directory.
const FENCE: &str = "```layers ";

/// Checks the layers that ARCHITECTURE.md declares, among them those of each of `required`, and
/// returns a message for each violation.
///
/// A declaration is a fenced code block whose first line is `` ```layers crates `` or
/// `` ```layers DIRECTORY ``. Each line of the block is a layer, the lowest first, and lists the
/// names of crates, or of the modules whose files are in DIRECTORY. A module may use the modules
/// of lower layers, and those of its own layer without a circle.
pub fn layers(source: &Source, workspace: &Workspace, required: &[&str]) -> Vec<String> {
    let declared = declarations(source.text(MAP).unwrap_or_default());
    let mut messages = Vec::new();
    for what in required {
        if !declared.iter().any(|layers| layers.what == *what) {
            messages.push(format!(
                "{MAP}: no block of code begins with ```` {FENCE}{what} ````; add it, with one layer a line"
            ));
        }
    }
    for layers in declared {
        let uses = if layers.what == "crates" {
            uses_of_crates(workspace)
        } else {
            uses_of_modules(workspace, layers.what)
        };
        layers.check(&uses, &mut messages);
    }
    messages
}

/// The layers of a block, each with the names in it.
struct Layers<'a> {
    what: &'a str,
    layers: Vec<Vec<&'a str>>,
}

/// Crates or modules, and their uses of each other.
#[derive(Default)]
struct Uses {
    names: BTreeSet<String>,
    /// The uses by the names of the user and of the used module or crate, each with a sentence that names the place.
    pairs: BTreeMap<(String, String), String>,
}

fn declarations(text: &str) -> Vec<Layers<'_>> {
    let mut found: Vec<Layers<'_>> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if let Some(what) = line.strip_prefix(FENCE) {
            found.push(Layers {
                what: what.trim(),
                layers: Vec::new(),
            });
            is_inside = true;
        } else if line.starts_with("```") {
            is_inside = false;
        } else if is_inside && let Some(layers) = found.last_mut() {
            layers.layers.push(line.split_whitespace().collect());
        }
    }
    found
}

fn uses_of_crates(workspace: &Workspace) -> Uses {
    let mut uses = Uses::default();
    for user in &workspace.crates {
        uses.names.insert(user.name.clone());
        for used in &workspace.crates {
            if user.dependencies.contains(&used.name) {
                let sentence = format!("{}/Cargo.toml depends on `{}`", user.directory, used.name);
                uses.pairs
                    .insert((user.name.clone(), used.name.clone()), sentence);
            }
        }
    }
    uses
}

/// The names are those of the direct child modules of `directory`, each with all files below it.
fn uses_of_modules(workspace: &Workspace, directory: &str) -> Uses {
    let mut uses = Uses::default();
    let prefix = format!("{directory}/");
    let child = |file: &str| {
        let rest = file.strip_prefix(&prefix)?;
        let name = rest.split('/').next()?.trim_end_matches(".rs");
        (!["mod", "lib", "main"].contains(&name)).then(|| name.to_owned())
    };
    for checked in &workspace.crates {
        uses.names.extend(
            checked
                .modules
                .iter()
                .filter_map(|module| child(&module.file)),
        );
        for dependency in checked.dependencies_of_files() {
            let Dependency { user, used, .. } = &dependency;
            if let (Some(user), Some(used)) = (child(user), child(used))
                && user != used
            {
                let sentence = uses.pairs.entry((user, used)).or_default();
                if !sentence.is_empty() {
                    sentence.push_str("\n    ");
                }
                sentence.push_str(&dependency.to_string());
            }
        }
    }
    uses
}

impl Layers<'_> {
    fn number(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.contains(&name))
    }

    fn check(&self, uses: &Uses, messages: &mut Vec<String>) {
        let what = self.what;
        for name in &uses.names {
            if self.number(name).is_none() {
                messages.push(format!(
                    "{MAP}: `{name}` is in no layer of {what}; add it to the block ```` {FENCE}{what} ````"
                ));
            }
        }
        let mut seen = BTreeSet::new();
        for name in self.layers.iter().flatten() {
            if !uses.names.contains(*name) {
                messages.push(format!(
                    "{MAP}: the block ```` {FENCE}{what} ```` names `{name}`, which does not exist; \
                     remove it or write its new name"
                ));
            }
            if !seen.insert(name) {
                messages.push(format!(
                    "{MAP}: the block ```` {FENCE}{what} ```` names `{name}` twice"
                ));
            }
        }
        for ((user, used), sentence) in &uses.pairs {
            if let (Some(own), Some(other)) = (self.number(user), self.number(used))
                && own < other
            {
                messages.push(format!(
                    "{what}: `{user}` (layer {}) uses `{used}` (layer {}), which is above it. \
                     Move what it needs to a lower layer, or pass it in as an argument:\
                     \n    {sentence}",
                    own + 1,
                    other + 1,
                ));
            }
        }
        self.check_circles(uses, messages);
    }

    /// Checks each layer for circles of its modules.
    fn check_circles(&self, uses: &Uses, messages: &mut Vec<String>) {
        let inside = |pair: &&(String, String)| self.number(&pair.0) == self.number(&pair.1);
        let edges = uses.pairs.keys().filter(inside);
        for circle in components(edges.map(|(user, used)| (user.as_str(), used.as_str()))) {
            let inside = |pair: &(String, String)| {
                circle.contains(pair.0.as_str()) && circle.contains(pair.1.as_str())
            };
            let sentences = uses.pairs.iter().filter(|(pair, _)| inside(pair));
            let sentences: Vec<&str> = sentences.map(|(_, text)| text.as_str()).collect();
            let names: Vec<&str> = circle.iter().copied().collect();
            messages.push(format!(
                "{}: {} use each other in a circle. Move the items that both sides need to a \
                 module below them, or pass them in as arguments.\n    {}",
                self.what,
                names.join(", "),
                sentences.join(
                    "
    "
                )
            ));
        }
    }
}
