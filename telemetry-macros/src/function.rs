//! The annotated function: its signature understood, its tokens untouched.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Signature, Token, Visibility};

use crate::ctxt::Ctxt;
use crate::instrumented::Instrumented;

/// A function with a body.
pub(crate) struct Function {
    /// Everything before the body, as it was written.
    pub(crate) header: TokenStream,
    pub(crate) signature: Signature,
    /// The attributes below this one.
    pub(crate) attributes: Vec<Attribute>,
    /// Whether it has `#[track_caller]`.
    pub(crate) tracks_caller: bool,
    /// Every word of the attribute's arguments: a parameter among them is used.
    pub(crate) arguments: HashSet<String>,
    pub(crate) body: Body,
    /// What another attribute made of it, if it is an `async fn`; `signature` is as it was before.
    pub(crate) instrumented: Option<Instrumented>,
    /// The statements that move what it owns into its body, where they are others than `let a = a;`.
    pub(crate) moves: Option<TokenStream>,
}

/// The block of a function, never parsed: one that is half typed keeps its signature.
#[derive(Clone)]
pub(crate) struct Body {
    /// `#![…]` and `//!` at its start, which have to stay at the start.
    pub(crate) inner_attributes: TokenStream,
    /// The block without them.
    pub(crate) block: Group,
}

/// Reads the item below `attribute(arguments)`. `None` where it is no function with a body; the error is in
/// `ctxt`.
pub(crate) fn read(
    item: TokenStream,
    attribute: &str,
    arguments: &TokenStream,
    ctxt: &mut Ctxt,
) -> Option<Function> {
    let mut header: Vec<TokenTree> = item.into_iter().collect();
    let body = header.last().and_then(block);
    if body.is_some() {
        header.pop();
    }
    let header: TokenStream = header.into_iter().collect();
    let (attributes, mut signature) = match signature.parse2(header.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            ctxt.push(no_function(&header, attribute).unwrap_or(error));
            return None;
        }
    };
    let Some(block) = body else {
        ctxt.error_at(
            &signature.ident,
            format_args!(
                "`{}` has no body, so `{attribute}` has nothing to measure: put it on the \
                 function that implements it, or on one that calls it",
                signature.ident
            ),
        );
        return None;
    };
    if let Some(constness) = &signature.constness {
        ctxt.error_at(
            constness,
            format_args!(
                "`{attribute}` cannot be on a `const fn`: what runs in the compiler has no clock \
                 and no log. Remove `const`, or annotate the function that calls it"
            ),
        );
    }
    let instrumented = Instrumented::of(&block);
    if let Some(instrumented) = &instrumented {
        signature = instrumented.signature(&signature);
    }
    Some(Function {
        header,
        signature,
        arguments: words(arguments),
        tracks_caller: attributes.iter().any(tracks_caller),
        attributes,
        body: Body::split(&block),
        instrumented,
        moves: None,
    })
}

/// Whether an item is a function with a body that is not `const`, as a look at its words tells.
pub(crate) fn is_clearly(item: &TokenStream) -> bool {
    const BEFORE: [&str; 5] = ["pub", "async", "unsafe", "extern", "default"];
    let mut tokens = item.clone().into_iter();
    let is_function = loop {
        match tokens.next() {
            Some(TokenTree::Ident(word)) if word == "fn" => break true,
            Some(TokenTree::Ident(word)) if BEFORE.iter().any(|before| word == before) => {}
            // Of attributes, `pub(crate)`, `extern "C"`.
            Some(TokenTree::Punct(punct)) if punct.as_char() == '#' => {}
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Brace => {}
            Some(TokenTree::Literal(_)) => {}
            _ => break false,
        }
    };
    is_function && tokens.last().is_some_and(|last| block(&last).is_some())
}

/// The block that a token is, also where a `macro_rules` had it as a `$body:block` and hands it on in a
/// group without delimiters.
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

/// Attributes, visibility, `default` or (in a foreign block) `safe`, and the signature.
fn signature(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Signature)> {
    let attributes = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![default]>>()?;
    input.parse::<Option<Token![safe]>>()?;
    let signature = input.parse()?;
    input.parse::<Option<Token![;]>>()?;
    Ok((attributes, signature))
}

fn words(tokens: &TokenStream) -> HashSet<String> {
    let words = tokens.clone().into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => HashSet::from([word.to_string()]),
        TokenTree::Group(group) => words(&group.stream()),
        _ => HashSet::new(),
    });
    words.collect()
}

/// Also where a `cfg_attr` may add it: what is right with it is right without.
fn tracks_caller(attribute: &Attribute) -> bool {
    attribute.path().is_ident("track_caller")
        || matches!(&attribute.meta, syn::Meta::List(list)
            if list.path.is_ident("cfg_attr") && list.tokens.to_string().contains("track_caller"))
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

/// The error for another kind of item, at the word that says what it is.
fn no_function(header: &TokenStream, attribute: &str) -> Option<syn::Error> {
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
        // A function with a mistake in its signature: the parser's own words are better.
        if word == "fn" || next.is_some_and(|next| next == "fn") {
            return None;
        }
        for (keyword, kind, mend) in KINDS {
            if word == keyword {
                return Some(syn::Error::new(
                    word.span(),
                    format_args!("`{attribute}` goes on a function, and this is {kind}: {mend}"),
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
    // Input:  fn f() BODY
    // Output: fn f() { #![inner] STATEMENTS }
    /// The function with another block, whose braces are where the old ones were.
    pub(crate) fn with_block(&self, statements: &TokenStream) -> TokenStream {
        self.with_header_and_block(self.header.clone(), statements)
    }

    /// The function with other parameters, and how they are moved into its body.
    pub(crate) fn with_parameters(
        &self,
        header: TokenStream,
        signature: Signature,
        moves: TokenStream,
    ) -> Self {
        Self {
            header,
            signature,
            attributes: self.attributes.clone(),
            tracks_caller: self.tracks_caller,
            arguments: self.arguments.clone(),
            body: self.body.clone(),
            instrumented: None,
            moves: Some(moves),
        }
    }

    /// The function with another header as well.
    pub(crate) fn with_header_and_block(
        &self,
        mut header: TokenStream,
        statements: &TokenStream,
    ) -> TokenStream {
        let inner_attributes = &self.body.inner_attributes;
        let mut block = Group::new(
            Delimiter::Brace,
            quote::quote!(#inner_attributes #statements),
        );
        block.set_span(self.body.block.span());
        block.to_tokens(&mut header);
        header
    }
}

impl Body {
    /// What is in the block, to stand at the end of another block; as a block of its own where it
    /// has items, which would be items after statements.
    pub(crate) fn contents(&self) -> TokenStream {
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
        let starts_item = |token| match token {
            TokenTree::Ident(word) => ITEMS.iter().any(|item| word == item),
            _ => false,
        };
        if self.block.stream().into_iter().any(starts_item) {
            self.block.to_token_stream()
        } else {
            self.block.stream()
        }
    }
}
