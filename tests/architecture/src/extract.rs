//! The contents of a module: imports, paths in its code, and definitions.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, Meta, Token, UseTree, punctuated::Punctuated};

/// The imports, paths and definitions of a module, without those of its child modules.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<Path>,
    pub(crate) types: Vec<TypeName>,
    /// The names of all items, methods, fields and variants.
    pub(crate) names: BTreeSet<String>,
    /// The attributes `#[allow]`, and `#[expect]` without a reason.
    pub(crate) lint_exceptions: Vec<LintException>,
    /// The lines of inline modules for tests.
    pub(crate) test_lines: Vec<RangeInclusive<usize>>,
}

/// A leaf of a `use` declaration.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// The name in the module's scope; `None` for a glob.
    pub(crate) name: Option<String>,
    pub(crate) path: Path,
}

/// A path as it is written in the source.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// A definition of a type or a trait.
#[derive(Clone, Debug)]
pub(crate) struct TypeName {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// The predicates of the `cfg` attributes on the definition and around it in the module.
    pub(crate) conditions: Vec<String>,
}

/// An attribute that disables a lint without a reason, or without a check that it is needed.
#[derive(Clone, Debug)]
pub(crate) struct LintException {
    pub(crate) attribute: String,
    pub(crate) line: usize,
}

/// Reads the items of a module, without child modules and without code for tests.
pub(crate) fn contents(items: &[Item]) -> Contents {
    let mut collector = Collector::default();
    for item in items {
        if let Item::Mod(module) = item {
            collector.contents.names.insert(plain(&module.ident));
            if is_for_tests(&module.attrs) {
                let span = module.span();
                collector
                    .contents
                    .test_lines
                    .push(span.start().line..=span.end().line);
            }
        } else {
            collector.visit_item(item);
        }
    }
    collector.contents
}

/// Returns the identifier without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// Returns true when an item with these attributes is compiled for tests only.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<Meta>()
                    .is_ok_and(|predicate| needs_test(&predicate))
    })
}

fn needs_test(predicate: &Meta) -> bool {
    match predicate {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => {
            let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
            let Ok(inner) = list.parse_args_with(parse) else {
                return false;
            };
            if list.path.is_ident("all") {
                inner.iter().any(needs_test)
            } else {
                list.path.is_ident("any") && inner.iter().all(needs_test)
            }
        }
        Meta::NameValue(_) => false,
    }
}

/// Returns the predicates of the `cfg` attributes, without spaces.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<String> {
    let predicates = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    predicates
        .filter_map(|attribute| attribute.parse_args::<TokenStream>().ok())
        .map(|tokens| tokens.to_string().replace(' ', ""))
        .collect()
}

/// Returns the attribute when it disables a lint by `allow`, or by `expect` without a reason.
pub(crate) fn lint_exception(attribute: &Attribute) -> Option<LintException> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    let name = plain(attribute.path().get_ident()?);
    let has_reason = list
        .tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "reason"));
    (name == "allow" || name == "expect" && !has_reason).then(|| LintException {
        attribute: format!("#[{name}({})]", list.tokens),
        line: attribute.pound_token.span.start().line,
    })
}

#[derive(Default)]
struct Collector {
    contents: Contents,
    conditions: Vec<String>,
}

impl Collector {
    fn define(&mut self, name: &Ident) {
        self.contents.names.insert(plain(name));
    }

    fn define_type(&mut self, name: &Ident) {
        self.define(name);
        self.contents.types.push(TypeName {
            name: plain(name),
            line: name.span().start().line,
            conditions: self.conditions.clone(),
        });
    }

    fn add_use(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(plain(&path.ident));
                self.add_use(&path.tree, prefix);
                prefix.pop();
            }
            UseTree::Name(name) => {
                let alias = match plain(&name.ident) {
                    own if own == "self" => prefix.last().cloned(),
                    own => Some(own),
                };
                self.add_import(alias, prefix, &name.ident);
            }
            UseTree::Rename(rename) => {
                self.add_import(Some(plain(&rename.rename)), prefix, &rename.ident);
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                let path = Path {
                    segments: prefix.clone(),
                    line,
                };
                self.contents.imports.push(Import { name: None, path });
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, prefix);
                }
            }
        }
    }

    fn add_import(&mut self, name: Option<String>, prefix: &[String], last: &Ident) {
        let mut segments = prefix.to_vec();
        if last != "self" || prefix.is_empty() {
            segments.push(plain(last));
        }
        let path = Path {
            segments,
            line: last.span().start().line,
        };
        self.contents.imports.push(Import { name, path });
    }

    /// Adds the paths and the type definitions that stand in a macro's tokens. A string that holds
    /// a path, as in `#[serde(with = "…")]`, counts as one.
    fn add_tokens(&mut self, tokens: TokenStream, with_types: bool) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        let mut previous = String::new();
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    let name = plain(ident);
                    if with_types && ["struct", "enum", "union", "trait"].contains(&&*previous) {
                        self.define_type(ident);
                    }
                    if ["fn", "const", "static", "mod", "type"].contains(&&*previous) {
                        self.define(ident);
                    }
                    if colons != 2 {
                        self.add_path(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(name.clone());
                    previous = name;
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    previous.clear();
                    continue;
                }
                TokenTree::Group(group) => self.add_tokens(group.stream(), with_types),
                TokenTree::Literal(literal) => self.add_literal(&literal.to_string(), literal),
                TokenTree::Punct(_) => {}
            }
            self.add_path(&mut path, line);
            previous.clear();
            colons = 0;
        }
        self.add_path(&mut path, line);
    }

    fn add_literal(&mut self, text: &str, literal: &proc_macro2::Literal) {
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let text = text.trim_matches('"');
        if text.contains("::") && text.split("::").all(is_name) {
            let mut segments = text.split("::").map(str::to_owned).collect();
            self.add_path(&mut segments, literal.span().start().line);
        }
    }

    fn add_path(&mut self, segments: &mut Vec<String>, line: usize) {
        let segments = std::mem::take(segments);
        if segments.len() > 1 {
            self.contents.paths.push(Path { segments, line });
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Union(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if is_for_tests(attributes) {
            return;
        }
        let around = self.conditions.len();
        self.conditions.extend(conditions(attributes));
        match item {
            Item::Const(item) => self.define(&item.ident),
            Item::Static(item) => self.define(&item.ident),
            Item::Fn(item) => self.define(&item.sig.ident),
            Item::Enum(item) => self.define_type(&item.ident),
            Item::Struct(item) => self.define_type(&item.ident),
            Item::Trait(item) => self.define_type(&item.ident),
            Item::Type(item) => self.define_type(&item.ident),
            Item::Union(item) => self.define_type(&item.ident),
            Item::Macro(item) => item.ident.iter().for_each(|name| self.define(name)),
            _ => {}
        }
        visit::visit_item(self, item);
        self.conditions.truncate(around);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&item.tree, &mut Vec::new());
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes: &[Attribute] = match item {
            syn::ImplItem::Fn(function) => &function.attrs,
            syn::ImplItem::Const(constant) => &constant.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if let syn::Stmt::Local(local) = statement
            && is_for_tests(&local.attrs)
        {
            return;
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.define(&signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_impl_item_const(&mut self, constant: &'ast syn::ImplItemConst) {
        self.define(&constant.ident);
        visit::visit_impl_item_const(self, constant);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.define(&variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        field.ident.iter().for_each(|name| self.define(name));
        visit::visit_field(self, field);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let mut segments = path
                .segments
                .iter()
                .map(|part| plain(&part.ident))
                .collect();
            let line = path
                .segments
                .first()
                .map_or(0, |part| part.ident.span().start().line);
            self.add_path(&mut segments, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.contents
            .lint_exceptions
            .extend(lint_exception(attribute));
        if !attribute.path().is_ident("doc")
            && let Meta::List(list) = &attribute.meta
        {
            self.add_tokens(list.tokens.clone(), false);
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let name = invocation
            .path
            .segments
            .last()
            .map(|part| plain(&part.ident));
        // A `quote!` defines types of the user's crate.
        let is_quoted = name.is_some_and(|name| name.contains("quote"));
        self.visit_path(&invocation.path);
        self.add_tokens(invocation.tokens.clone(), !is_quoted);
    }
}
