//! The rewriting of one file.

use std::collections::BTreeSet;

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

/// The names of the macros whose expansion has the attribute on each function that a call passes.
pub type Templates = BTreeSet<String>;

/// A file with its annotations.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The new text.
    pub text: String,
    /// The number of annotated functions, those that a call passes to a template included.
    pub annotated: usize,
    /// The functions that are not annotated.
    pub skipped: Skipped,
}

/// Returns the templates that a file defines: each `macro_rules!` with a function whose name is a variable, which
/// [`rewrite`] annotates.
///
/// # Errors
///
/// When `source` does not parse as a Rust file.
pub fn templates(source: &str) -> syn::Result<Templates> {
    let mut found = Functions::default();
    found.visit_file(&syn::parse_file(source)?);
    Ok(found.defined)
}

/// Annotates the functions of a file. `templates` are those of its crate.
///
/// # Errors
///
/// When `source` does not parse as a Rust file.
pub fn rewrite(
    source: &str,
    attribute: Attribute<'_>,
    templates: &Templates,
) -> syn::Result<Rewritten> {
    // A byte order mark would shift every place.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut found = Functions {
        templates: templates.clone(),
        ..Functions::default()
    };
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
        annotated: found.places.len() + found.passed_to_templates,
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
    /// The templates of the crate.
    templates: Templates,
    /// The templates of the file.
    defined: Templates,
    passed_to_templates: usize,
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

    /// Adds the functions that a rule of the `macro_rules!` named `defined` expands to.
    fn add_expansion(&mut self, defined: &str, expansion: &TokenStream, is_exported: bool) {
        for function in tokens::functions(expansion) {
            match function.start {
                _ if function.is_const => self.skipped.add(Reason::Const, 1),
                Some(start) if !is_exported => {
                    if function.is_named_by_variable {
                        self.defined.insert(defined.to_owned());
                    }
                    self.places.push((start, function.name));
                }
                _ => self.skipped.add(Reason::MacroBody, 1),
            }
        }
    }

    /// Adds the functions in the tokens of a call. A template annotates those that are not in a group.
    fn add_call(&mut self, tokens: &TokenStream, is_of_template: bool) {
        for function in tokens::functions(tokens) {
            if function.is_const {
                self.skipped.add(Reason::Const, 1);
            } else if is_of_template && !function.is_in_group {
                self.passed_to_templates += 1;
            } else {
                self.skipped.add(Reason::MacroCall, 1);
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
                self.add_call(&block.stream(), false);
            }
        }
        self.add_call(&rest.into_iter().collect(), false);
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
            let name = item.ident.as_ref().map(ToString::to_string);
            for expansion in tokens::transcribers(&item.mac.tokens) {
                self.add_expansion(name.as_deref().unwrap_or_default(), &expansion, is_exported);
            }
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_macro(&mut self, call: &Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        if has_items(&name) {
            self.add_items(&call.tokens);
        } else {
            self.add_call(&call.tokens, self.templates.contains(&name));
        }
    }
}
