//! The crates of the workspace and the modules that their files declare.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use crate::extract::{self, Contents};
use crate::source::Source;

/// The members of the workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The crates, in the order of `members`.
    pub crates: Vec<Crate>,
}

/// A crate: the files that its `lib.rs` and `main.rs` declare as modules.
#[derive(Debug)]
pub struct Crate {
    /// The package's directory, relative to the repository.
    pub directory: String,
    /// The package's name.
    pub name: String,
    /// The names of the packages that it depends on, without those for tests.
    pub dependencies: BTreeSet<String>,
    pub(crate) modules: Vec<Module>,
}

/// A module: a file, or an inline `mod` in one.
#[derive(Debug)]
pub(crate) struct Module {
    /// The path below the crate's root, which is empty for `lib.rs`. `main.rs` beside a `lib.rs`
    /// has the path `main`.
    pub(crate) path: Vec<String>,
    /// The file, relative to the repository.
    pub(crate) file: String,
    /// The path of the file's own module, which differs from `path` in an inline `mod`.
    pub(crate) file_path: Vec<String>,
    pub(crate) contents: Contents,
    /// The root of the module's target, as an index into `Crate::modules`.
    pub(crate) root: usize,
    /// The predicates of the `cfg` attributes on the module's declaration.
    pub(crate) conditions: Vec<String>,
    /// The module around it, as an index into `Crate::modules`; a root's own index for a root.
    pub(crate) parent: usize,
    /// The child modules by name, as indices into `Crate::modules`.
    pub(crate) children: BTreeMap<String, usize>,
}

impl Workspace {
    /// Parses every member of the workspace.
    ///
    /// # Errors
    ///
    /// When a manifest or a file does not parse, a declared file is missing, or a `#[path]` gives
    /// a module another name than its file's.
    pub fn parse(source: &Source) -> Result<Self, String> {
        let manifest = manifest(source, "Cargo.toml")?;
        let members = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("members"))
            .and_then(toml::Value::as_array)
            .ok_or("Cargo.toml: `workspace.members` is missing")?;
        let directories = members.iter().filter_map(toml::Value::as_str);
        let crates = directories.map(|directory| Crate::parse(source, directory));
        Ok(Self {
            crates: crates.collect::<Result<_, _>>()?,
        })
    }
}

impl Crate {
    fn parse(source: &Source, directory: &str) -> Result<Self, String> {
        let manifest = manifest(source, &format!("{directory}/Cargo.toml"))?;
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .ok_or_else(|| format!("{directory}/Cargo.toml: `package.name` is missing"))?;
        let mut parsed = Self {
            directory: directory.to_owned(),
            name: name.to_owned(),
            dependencies: dependencies(&manifest),
            modules: Vec::new(),
        };
        let library = format!("{directory}/src/lib.rs");
        let program = format!("{directory}/src/main.rs");
        let has_library = source.text(&library).is_some();
        if has_library {
            parsed.add_root(source, &library, Vec::new())?;
        }
        if source.text(&program).is_some() {
            let path = if has_library {
                vec!["main".to_owned()]
            } else {
                Vec::new()
            };
            parsed.add_root(source, &program, path)?;
        }
        Ok(parsed)
    }

    fn add_root(&mut self, source: &Source, file: &str, path: Vec<String>) -> Result<(), String> {
        let root = self.modules.len();
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let module = Module {
            file_path: path.clone(),
            path,
            file: file.to_owned(),
            contents: Contents::default(),
            root,
            conditions: Vec::new(),
            parent: root,
            children: BTreeMap::new(),
        };
        self.add_file(source, folder, module)
    }

    /// Adds the module of a file, whose child modules are in `folder`.
    fn add_file(&mut self, source: &Source, folder: &str, module: Module) -> Result<(), String> {
        let file = &module.file;
        let parsed = syn::parse_file(source.text(file).unwrap_or_default())
            .map_err(|error| format!("{file}:{}: {error}", error.span().start().line))?;
        let index = self.modules.len();
        self.add_items(source, &parsed.items, folder, module)?;
        let exceptions = parsed.attrs.iter().filter_map(extract::lint_exception);
        self.modules[index]
            .contents
            .lint_exceptions
            .extend(exceptions);
        Ok(())
    }

    fn add_items(
        &mut self,
        source: &Source,
        items: &[Item],
        folder: &str,
        mut module: Module,
    ) -> Result<(), String> {
        module.contents = extract::contents(items);
        let index = self.modules.len();
        self.modules.push(module);
        for item in items {
            if let Item::Mod(declared) = item
                && !extract::is_for_tests(&declared.attrs)
            {
                self.add_child(source, declared, folder, index)?;
            }
        }
        Ok(())
    }

    fn add_child(
        &mut self,
        source: &Source,
        declared: &syn::ItemMod,
        folder: &str,
        parent: usize,
    ) -> Result<(), String> {
        let name = extract::plain(&declared.ident);
        let below = format!("{folder}/{name}");
        let index = self.modules.len();
        self.modules[parent].children.insert(name.clone(), index);
        let around = &self.modules[parent];
        let mut path = around.path.clone();
        path.push(name.clone());
        let mut child = Module {
            file_path: around.file_path.clone(),
            path,
            file: around.file.clone(),
            contents: Contents::default(),
            root: around.root,
            conditions: extract::conditions(&declared.attrs),
            parent,
            children: BTreeMap::new(),
        };
        if let Some((_, items)) = &declared.content {
            return self.add_items(source, items, &below, child);
        }
        let place = format!("{}:{}", child.file, declared.ident.span().start().line);
        if declared
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("path"))
        {
            return Err(format!(
                "{place}: the module `{name}` has a `#[path]`; name its file or folder `{name}` \
                 and remove the attribute"
            ));
        }
        let candidates = [format!("{below}.rs"), format!("{below}/mod.rs")];
        let found = candidates
            .iter()
            .find(|candidate| source.text(candidate).is_some());
        let [file, folder_file] = &candidates;
        child.file.clone_from(found.ok_or_else(|| {
            format!("{place}: the module `{name}` has no file; expected {file} or {folder_file}")
        })?);
        child.file_path.clone_from(&child.path);
        self.add_file(source, &below, child)
    }
}

fn manifest(source: &Source, path: &str) -> Result<toml::Table, String> {
    let text = source
        .text(path)
        .ok_or_else(|| format!("{path}: the file is missing"))?;
    text.parse().map_err(|error| format!("{path}: {error}"))
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |table: Option<&toml::Value>| {
        let table = table.and_then(toml::Value::as_table);
        for (key, value) in table.into_iter().flatten() {
            let package = value.get("package").and_then(toml::Value::as_str);
            found.insert(package.unwrap_or(key).to_owned());
        }
    };
    add(manifest.get("dependencies"));
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for (_, target) in targets.into_iter().flatten() {
        add(target.get("dependencies"));
    }
    found
}
