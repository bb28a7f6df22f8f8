//! The documentation of an item, copied from another module when rustdoc runs.
//!
//! The build without `enabled` mirrors the public items of the build with it. Its items have this attribute in place of a
//! second text. Files are read only by rustdoc, because the attribute is behind `cfg(doc)`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, Type, Visibility};

/// The lines of documentation by the path of the item: `Session`, `Session::start`, `init`.
type Texts = BTreeMap<String, Vec<String>>;

/// The folder with the documented items, in the crate that is being documented.
const FOLDER: &str = "src/enabled";

// Input:  documentation_of!(Session::start)  #[inline] pub fn start() -> Self { … }
// Output: #[doc = "…"] … #[inline] pub fn start() -> Self { … }
pub(crate) fn copy(path: &TokenStream, item: &TokenStream) -> TokenStream {
    static TEXTS: OnceLock<Result<Texts, String>> = OnceLock::new();
    let path = path.to_string().replace(' ', "");
    let texts = TEXTS.get_or_init(|| {
        let root = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?;
        read(&Path::new(&root).join(FOLDER))
    });
    let lines = match texts {
        Ok(texts) => texts
            .get(&path)
            .ok_or_else(|| format!("`{path}` has no documentation in {FOLDER}")),
        Err(error) => Err(error.clone()),
    };
    match lines {
        Ok(lines) => quote!(#(#[doc = #lines])* #item),
        Err(error) => quote!(::core::compile_error!(#error); #item),
    }
}

/// Reads the documentation of all public items below a folder.
pub(crate) fn read(folder: &Path) -> Result<Texts, String> {
    let mut texts = Texts::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let failed = |error: String| format!("{}: {error}", path.display());
                let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
                let file = syn::parse_file(&text).map_err(|error| failed(error.to_string()))?;
                for item in &file.items {
                    add(item, &mut texts);
                }
            }
        }
    }
    Ok(texts)
}

fn add(item: &Item, texts: &mut Texts) {
    match item {
        Item::Struct(item) => insert(&item.vis, item.ident.to_string(), &item.attrs, texts),
        Item::Enum(item) => insert(&item.vis, item.ident.to_string(), &item.attrs, texts),
        Item::Fn(item) => insert(&item.vis, item.sig.ident.to_string(), &item.attrs, texts),
        Item::Impl(item) if item.trait_.is_none() => {
            let Some(name) = name_of(&item.self_ty) else {
                return;
            };
            for item in &item.items {
                if let ImplItem::Fn(method) = item {
                    let path = format!("{name}::{}", method.sig.ident);
                    insert(&method.vis, path, &method.attrs, texts);
                }
            }
        }
        _ => {}
    }
}

fn name_of(of: &Type) -> Option<String> {
    let Type::Path(path) = of else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

/// Adds the documentation of a public item.
fn insert(visibility: &Visibility, path: String, attributes: &[Attribute], texts: &mut Texts) {
    if !matches!(visibility, Visibility::Public(_)) {
        return;
    }
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    if !lines.is_empty() {
        texts.entry(path).or_insert(lines);
    }
}

/// Returns the text of a `#[doc = "…"]`.
fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(doc) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &doc.value
    else {
        return None;
    };
    let name = doc.path.to_token_stream().to_string();
    (name == "doc").then(|| text.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../telemetry-runtime/src");

    /// Returns the items of the build without `enabled` that copy their documentation.
    fn copied() -> Vec<String> {
        let text = fs::read_to_string(format!("{RUNTIME}/disabled/mod.rs")).unwrap();
        let mut copied = Vec::new();
        let mut of = None;
        for line in text.lines() {
            if let Some((_, path)) = line.split_once("documentation_of(") {
                copied.extend(path.split_once(')').map(|(path, _)| path.to_owned()));
            } else if let Some(name) = line.strip_prefix("mirrored! { ") {
                of = Some(name.trim_end_matches(':').to_owned());
            } else if line.starts_with('}') {
                of = None;
            } else if let (Some(of), Some(method)) = (&of, line.trim_start().strip_prefix("fn ")) {
                let end = method.find(['(', '<', ' ']).unwrap();
                copied.push(format!("{of}::{}", &method[..end]));
            }
        }
        copied.retain(|path| !path.contains('$'));
        copied
    }

    #[test]
    fn every_mirrored_item_has_a_documentation_to_copy() {
        let texts = read(Path::new(&format!("{RUNTIME}/enabled"))).unwrap();
        let copied = copied();
        assert!(copied.len() > 50, "{copied:?}");
        for path in &copied {
            assert!(
                texts.contains_key(path),
                "{path} has no documentation in enabled/"
            );
        }
        assert!(texts["Session::start"][0].contains("Starts a new session"));
    }

    /// Every public type and function of the build without `enabled` copies its text, apart from implementations of
    /// foreign traits.
    #[test]
    fn no_mirrored_item_has_a_text_of_its_own() {
        let text = fs::read_to_string(format!("{RUNTIME}/disabled/mod.rs")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let is_item = ["pub struct ", "pub fn ", "    pub fn "]
                .iter()
                .any(|item| line.starts_with(item));
            if is_item && !line.contains('$') {
                let above = lines[..at]
                    .iter()
                    .rev()
                    .take_while(|line| line.trim_start().starts_with(['#', '/']));
                let is_copied = above.clone().any(|line| line.contains("documentation_of("));
                assert!(is_copied, "line {}: {line}", at + 1);
                assert!(
                    !above
                        .into_iter()
                        .any(|line| line.trim_start().starts_with("///")),
                    "line {}",
                    at + 1
                );
            }
        }
    }
}
