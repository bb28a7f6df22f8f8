//! The rewriting of one file.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ItemMacro, Macro, Signature, TraitItemFn, Visibility};

use crate::skipped::{Reason, Skipped, has_items};
use crate::tokens;

/// The text to insert before each function.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// The attribute, in which `{}` stands for the function's span name.
    pub text: &'a str,
    /// The first segment of span names.
    pub prefix: &'a str,
}

/// A file with its annotations.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The new text.
    pub text: String,
    /// The number of annotated functions.
    pub annotated: usize,
    /// The functions that are not annotated.
    pub skipped: Skipped,
}

/// Annotates the functions of a file.
///
/// # Errors
///
/// When `source` does not parse as a Rust file.
pub fn rewrite(source: &str, attribute: Attribute<'_>) -> syn::Result<Rewritten> {
    // A byte order mark would shift every place.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut found = Functions::default();
    found.visit_file(&syn::parse_file(source)?);
    found.places.sort_unstable();

    let mut text = String::with_capacity(source.len() * 2);
    let mut copied = 0;
    for (at, name) in &found.places {
        let span_name = format!("{}.{}", attribute.prefix, segment(name));
        text.push_str(&source[copied..*at]);
        text.push_str(&attribute.text.replace("{}", &span_name));
        text.push(' ');
        copied = *at;
    }
    text.push_str(&source[copied..]);
    Ok(Rewritten {
        text,
        annotated: found.places.len(),
        skipped: found.skipped,
    })
}

/// Returns a segment of a span name for the name of a function, which may have capitals, a leading `_` or `r#`.
fn segment(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = name.chars().filter(is_allowed).collect();
    let name = name.to_ascii_lowercase();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name
    } else {
        format!("f{name}")
    }
}

/// The functions of a file.
#[derive(Default)]
struct Functions {
    /// The byte before which the attribute stands, and the function's name.
    places: Vec<(usize, String)>,
    skipped: Skipped,
}

impl Functions {
    /// Adds a function with a body. `visibility` precedes the signature, if a function of this kind has one.
    fn add(&mut self, visibility: Option<&Visibility>, signature: &Signature) {
        if signature.constness.is_some() {
            self.skipped.add(Reason::Const, 1);
            return;
        }
        let first = match visibility {
            Some(visibility) if !matches!(visibility, Visibility::Inherited) => visibility.span(),
            _ => signature.span(),
        };
        let place = (first.byte_range().start, signature.ident.to_string());
        self.places.push(place);
    }

    /// Adds the functions that a rule of a `macro_rules!` expands to.
    fn add_expansion(&mut self, expansion: &TokenStream, is_exported: bool) {
        for function in tokens::functions(expansion) {
            match function.start {
                _ if function.is_const => self.skipped.add(Reason::Const, 1),
                Some(start) if !is_exported => self.places.push((start, function.name)),
                _ => self.skipped.add(Reason::MacroBody, 1),
            }
        }
    }

    /// Adds the functions in tokens that are items, or that have items in braces, such as the branches of `cfg_if!`.
    fn add_items(&mut self, tokens: &TokenStream) {
        if let Ok(items) = syn::parse2::<syn::File>(tokens.clone()) {
            self.visit_file(&items);
            return;
        }
        let (blocks, rest): (Vec<_>, Vec<_>) = tokens.clone().into_iter().partition(
            |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
        );
        for block in blocks {
            let TokenTree::Group(block) = block else {
                continue;
            };
            let items = syn::parse2::<syn::File>(block.stream());
            if let Ok(items) = items {
                self.visit_file(&items);
            } else if let Ok(block) = syn::parse2::<Block>(TokenTree::Group(block.clone()).into()) {
                self.visit_block(&block);
            } else {
                let found = tokens::functions(&block.stream());
                self.skipped.add(Reason::MacroCall, found.len());
            }
        }
        let found = tokens::functions(&rest.into_iter().collect());
        self.skipped.add(Reason::MacroCall, found.len());
    }
}

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        self.add(Some(&function.vis), &function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        self.add(Some(&function.vis), &function.sig);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &TraitItemFn) {
        if function.default.is_some() {
            self.add(None, &function.sig);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_macro(&mut self, item: &ItemMacro) {
        if item.mac.path.is_ident("macro_rules") {
            let is_exported = item
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("macro_export"));
            for expansion in tokens::transcribers(&item.mac.tokens) {
                self.add_expansion(&expansion, is_exported);
            }
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_macro(&mut self, call: &Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        if name.is_some_and(|name| has_items(&name)) {
            self.add_items(&call.tokens);
        } else {
            let found = tokens::functions(&call.tokens);
            self.skipped.add(Reason::MacroCall, found.len());
        }
    }
}
