//! The annotated function: a parsed signature, and tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Signature, Token, Visibility};

use crate::ctxt::Ctxt;
use crate::returns::Returns;

/// A function with a body. An expansion changes it step by step.
pub(crate) struct Function {
    /// Everything before the body, as tokens.
    pub(crate) header: TokenStream,
    pub(crate) signature: Signature,
    /// The attributes of the header.
    pub(crate) attributes: Vec<Attribute>,
    /// Whether the function has, or may have, `#[track_caller]`.
    pub(crate) tracks_caller: bool,
    pub(crate) body: Body,
}

/// The block of a function. It is not parsed, so that a function whose body is half typed keeps its
/// signature in an editor.
#[derive(Clone)]
pub(crate) struct Body {
    /// `#![…]` and `//!` at the start of the block, which have to stay at the start.
    pub(crate) inner_attributes: TokenStream,
    /// The block without them.
    pub(crate) block: Group,
}

/// Reads the item below `attribute`. Returns `None` for anything but a function with a body, after an error
/// in `ctxt`.
pub(crate) fn read(item: TokenStream, attribute: &str, ctxt: &mut Ctxt) -> Option<Function> {
    let mut header: Vec<TokenTree> = item.into_iter().collect();
    let body = header.last().and_then(block);
    if body.is_some() {
        header.pop();
    }
    let header: TokenStream = header.into_iter().collect();
    let (attributes, signature) = match signature.parse2(header.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            ctxt.push(not_a_function(&header, attribute).unwrap_or(error));
            return None;
        }
    };
    let Some(block) = body else {
        ctxt.error_at(
            &signature.ident,
            format_args!(
                "`{attribute}` needs a function with a body, and `{}` has none: annotate the \
                 implementation or the caller",
                signature.ident
            ),
        );
        return None;
    };
    if let Some(constness) = &signature.constness {
        ctxt.error_at(
            constness,
            format_args!(
                "`{attribute}` cannot be on a `const fn`, which may run at compile time, without a \
                 clock and a log: remove `const`, or annotate the caller"
            ),
        );
    }
    if let Some(naked) = attributes.iter().find(|attribute| is_naked(attribute)) {
        ctxt.error_at(
            naked,
            format_args!(
                "`{attribute}` cannot be on a naked function, whose body is assembly without any other \
                 code: annotate the caller"
            ),
        );
    }
    Some(Function {
        header,
        signature,
        tracks_caller: attributes.iter().any(tracks_caller),
        attributes,
        body: Body::split(&block),
    })
}

/// Returns whether an item is surely a function with a body, and neither `const` nor naked, according to its tokens.
pub(crate) fn is_clearly(item: &TokenStream) -> bool {
    const BEFORE: [&str; 5] = ["pub", "async", "unsafe", "extern", "default"];
    let mut tokens = item.clone().into_iter();
    let is_function = loop {
        match tokens.next() {
            Some(TokenTree::Ident(word)) if word == "fn" => break true,
            Some(TokenTree::Ident(word)) if BEFORE.iter().any(|before| word == before) => {}
            // Part of an attribute, of `pub(crate)` or of `extern "C"`.
            Some(TokenTree::Punct(punct)) if punct.as_char() == '#' => {}
            Some(TokenTree::Group(group)) if mentions(&group.stream(), "naked") => break false,
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Brace => {}
            Some(TokenTree::Literal(_)) => {}
            _ => break false,
        }
    };
    is_function && tokens.last().is_some_and(|last| block(&last).is_some())
}

/// Returns the block that a token is. A `macro_rules` macro passes a `$body:block` in a group without delimiters.
fn block(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let only = inside.next().filter(|_| inside.next().is_none())?;
            block(&only)
        }
        _ => None,
    }
}

/// Parses attributes, visibility, `default` or (in a foreign block) `safe`, and the signature.
fn signature(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Signature)> {
    let attributes = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![default]>>()?;
    input.parse::<Option<Token![safe]>>()?;
    let signature = input.parse()?;
    input.parse::<Option<Token![;]>>()?;
    Ok((attributes, signature))
}

/// Returns whether an attribute is `#[track_caller]`, or a `cfg_attr` that may add it: an expansion that is correct
/// with it is correct without it.
fn tracks_caller(attribute: &Attribute) -> bool {
    attribute.path().is_ident("track_caller")
        || matches!(&attribute.meta, syn::Meta::List(list)
            if list.path.is_ident("cfg_attr") && list.tokens.to_string().contains("track_caller"))
}

/// Returns whether an attribute is `#[naked]` or `#[unsafe(naked)]`, or a `cfg_attr` that may add it.
fn is_naked(attribute: &Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("naked"),
        syn::Meta::List(list) if list.path.is_ident("unsafe") || list.path.is_ident("cfg_attr") => {
            mentions(&list.tokens, "naked")
        }
        _ => false,
    }
}

/// Returns whether a word is among the tokens, at any depth.
fn mentions(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(&group.stream(), word),
        _ => false,
    })
}

impl Body {
    // Input:  { #![allow(x)] let y = 1; }
    // Output: #![allow(x)] and { let y = 1; }
    fn split(block: &Group) -> Self {
        let mut rest = block.stream().into_iter().peekable();
        let mut inner_attributes = Vec::new();
        while let Some(attribute) = next_inner_attribute(&rest) {
            rest.by_ref().take(attribute.len()).for_each(drop);
            inner_attributes.extend(attribute);
        }
        if inner_attributes.is_empty() {
            return Self {
                inner_attributes: TokenStream::new(),
                block: block.clone(),
            };
        }
        let mut stripped = Group::new(Delimiter::Brace, rest.collect());
        stripped.set_span(block.span());
        Self {
            inner_attributes: inner_attributes.into_iter().collect(),
            block: stripped,
        }
    }
}

fn next_inner_attribute(
    rest: &(impl Iterator<Item = TokenTree> + Clone),
) -> Option<[TokenTree; 3]> {
    let mut rest = rest.clone();
    let attribute = [rest.next()?, rest.next()?, rest.next()?];
    let [
        TokenTree::Punct(hash),
        TokenTree::Punct(bang),
        TokenTree::Group(group),
    ] = &attribute
    else {
        return None;
    };
    (hash.as_char() == '#' && bang.as_char() == '!' && group.delimiter() == Delimiter::Bracket)
        .then_some(attribute)
}

/// Returns the error for another kind of item, at its keyword.
fn not_a_function(header: &TokenStream, attribute: &str) -> Option<syn::Error> {
    const KINDS: [(&str, &str, &str); 12] = [
        ("struct", "a struct", "annotate the functions that use it"),
        ("enum", "an enum", "annotate the functions that use it"),
        ("union", "a union", "annotate the functions that use it"),
        ("impl", "an impl", "annotate its functions one by one"),
        ("trait", "a trait", "annotate its functions one by one"),
        ("mod", "a module", "annotate its functions one by one"),
        (
            "extern",
            "a foreign block",
            "annotate the functions that call it",
        ),
        ("type", "a type alias", "annotate the functions that use it"),
        ("static", "a static", "annotate the functions that use it"),
        ("const", "a constant", "annotate the functions that use it"),
        (
            "use",
            "an import",
            "annotate the function where it is written",
        ),
        (
            "macro_rules",
            "a macro",
            "annotate the functions that it writes",
        ),
    ];
    let words: Vec<_> = header
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        })
        .collect();
    for (word, next) in words
        .iter()
        .zip(words[1.min(words.len())..].iter().map(Some).chain([None]))
    {
        // A function whose signature does not parse: the error of the parser is better.
        if word == "fn" || next.is_some_and(|next| next == "fn") {
            return None;
        }
        for (keyword, kind, suggestion) in KINDS {
            if word == keyword {
                return Some(syn::Error::new(
                    word.span(),
                    format_args!(
                        "expected a function below `{attribute}`, found {kind}: {suggestion}"
                    ),
                ));
            }
        }
    }
    let at = header
        .clone()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span());
    Some(syn::Error::new(
        at,
        format_args!(
            "`{attribute}` goes on a function, and this is an expression: annotate the function \
             around it, or make it a function of its own"
        ),
    ))
}

impl Function {
    /// Returns whether the function returns a `Result`, or a type that may be an alias of one.
    pub(crate) fn perhaps_result(&self) -> bool {
        matches!(
            Returns::of(&self.signature.output),
            Returns::PerhapsResult(_)
        )
    }

    /// Replaces the block; the braces keep the place of the old ones.
    pub(crate) fn with_block(self, statements: TokenStream) -> Self {
        let block = self.body.around(statements);
        Self {
            body: Body { block, ..self.body },
            ..self
        }
    }

    // Input:  #[inline] pub fn f(a: A) -> R BODY
    // Output: #[inline] pub SIGNATURE BODY
    /// Replaces the signature.
    pub(crate) fn with_signature(self, signature: Signature) -> Self {
        const BEFORE: [&str; 5] = ["async", "const", "extern", "fn", "unsafe"];
        let starts = |token: &TokenTree| match token {
            TokenTree::Ident(word) => BEFORE.iter().any(|first| word == first),
            _ => false,
        };
        let header = self
            .header
            .into_iter()
            .take_while(|token| !starts(token))
            .chain(signature.to_token_stream())
            .collect();
        Self {
            header,
            signature,
            ..self
        }
    }

    /// Removes the attribute of this index.
    pub(crate) fn remove_attribute(&mut self, index: usize) {
        self.attributes.remove(index);
        // An attribute is two tokens: `#` and `[…]`.
        let start = 2 * index;
        let header = std::mem::take(&mut self.header);
        self.header = header
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !(start..start + 2).contains(at))
            .map(|(_, token)| token)
            .collect();
    }

    // Output: HEADER { #![inner] FIRST STATEMENTS }
    /// Returns the tokens of the function, with further statements at the start of its block.
    pub(crate) fn into_tokens(self, first: &TokenStream) -> TokenStream {
        let Body {
            inner_attributes,
            block,
        } = &self.body;
        let statements = block.stream();
        let block = self
            .body
            .around(quote::quote!(#inner_attributes #first #statements));
        let mut tokens = self.header;
        block.to_tokens(&mut tokens);
        tokens
    }
}

impl Body {
    /// Returns a block in the place of the body.
    pub(crate) fn around(&self, statements: TokenStream) -> Group {
        let mut block = Group::new(Delimiter::Brace, statements);
        block.set_span(self.block.span());
        block
    }

    // Output: { BODY }
    /// Returns the body, for the end of another block. The body stays a block, because its items, and those of a macro in
    /// it, must not be visible outside of it, for example to the return type. A body that ends without a value and
    /// surely has no item is unwrapped, because rustc's error about the missing value is better without a second
    /// block.
    pub(crate) fn contents(&self) -> TokenStream {
        if !self.has_tail() && !self.may_have_items() {
            return self.block.stream();
        }
        self.nested().into_token_stream()
    }

    /// Returns the block, for a place inside of another block. Braces around a single expression are generated, because rustc
    /// would report the user's. Around statements they are the user's, so that Clippy looks at them.
    pub(crate) fn nested(&self) -> Group {
        let has_statements = self.block.stream().into_iter().any(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(word) => is_item(&word),
            _ => false,
        });
        let mut block = self.block.clone();
        if !has_statements {
            block.set_span(Span::mixed_site().located_at(block.span()));
        }
        block
    }

    /// Returns whether the block ends in an expression, according to its last token.
    pub(crate) fn has_tail(&self) -> bool {
        let last = self.block.stream().into_iter().last();
        last.is_some_and(|last| !matches!(last, TokenTree::Punct(punct) if punct.as_char() == ';'))
    }

    /// Returns whether there may be an item in the block, or a macro that expands to one.
    fn may_have_items(&self) -> bool {
        let mut after_name = false;
        let may_be_item = |token| match (token, std::mem::take(&mut after_name)) {
            (TokenTree::Ident(word), _) => {
                after_name = true;
                is_item(&word)
            }
            // The call of a macro. A fragment of a macro may be anything.
            (TokenTree::Punct(punct), true) => punct.as_char() == '!',
            (TokenTree::Group(group), _) => group.delimiter() == Delimiter::None,
            _ => false,
        };
        self.block.stream().into_iter().any(may_be_item)
    }
}

/// Returns whether a word begins an item.
fn is_item(word: &Ident) -> bool {
    const ITEMS: [&str; 13] = [
        "fn",
        "struct",
        "enum",
        "union",
        "impl",
        "trait",
        "mod",
        "use",
        "const",
        "static",
        "type",
        "macro_rules",
        "extern",
    ];
    ITEMS.iter().any(|item| word == item)
}
