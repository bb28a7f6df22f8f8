//! Attributes of others on an annotated function: which of them leave the function as it is.

use syn::punctuated::Punctuated;
use syn::{Meta, Token};

/// Attributes that mean the same on an `async fn` and on a function that returns its future.
const INDEPENDENT_OF_ASYNC: [&str; 10] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "inline",
    "warn",
];

/// Further attributes of the language that describe a function and do not rewrite it.
const DESCRIPTIVE: [&str; 7] = [
    "export_name",
    "link_section",
    "must_use",
    "no_mangle",
    "target_feature",
    "track_caller",
    "unsafe",
];

/// Lints that look for the word `async`.
const LINTS_OF_ASYNC: [&str; 2] = ["async_fn_in_trait", "unused_async"];

const TOOLS: [&str; 3] = ["clippy", "diagnostic", "rustfmt"];

/// Returns whether an attribute leaves the tokens of its function as they are. An attribute macro may change
/// them, and so may one whose name is unknown here.
pub(crate) fn is_inert(attribute: &Meta) -> bool {
    is_one_of(attribute, &|name| {
        INDEPENDENT_OF_ASYNC.contains(&name) || DESCRIPTIVE.contains(&name)
    })
}

/// Returns whether an attribute means the same on a function that is not `async`. `must_use`, `track_caller` and the level of a
/// lint that looks for `async` do not, and the effect of an attribute macro is unknown.
pub(crate) fn is_independent_of_async(attribute: &Meta) -> bool {
    is_one_of(attribute, &|name| INDEPENDENT_OF_ASYNC.contains(&name))
        && !is_of_async_lint(attribute)
}

/// Returns whether an attribute expects a lint that looks for `async`, or reports it.
fn is_of_async_lint(attribute: &Meta) -> bool {
    const LEVELS: [&str; 4] = ["deny", "expect", "forbid", "warn"];
    let Meta::List(list) = attribute else {
        return false;
    };
    let inside = || list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    if list.path.is_ident("cfg_attr") {
        return inside().is_ok_and(|inside| inside.iter().skip(1).any(is_of_async_lint));
    }
    LEVELS.iter().any(|level| list.path.is_ident(level))
        && inside().is_ok_and(|inside| {
            inside.iter().any(|lint| {
                let name = lint.path().segments.last();
                name.is_some_and(|name| LINTS_OF_ASYNC.iter().any(|lint| name.ident == lint))
            })
        })
}

/// Returns whether an attribute is `#[expect(clippy::unused_async)]` and nothing else: an expansion does not fulfil it.
pub(crate) fn expects_no_await(attribute: &Meta) -> bool {
    let Meta::List(list) = attribute else {
        return false;
    };
    let inside = || list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    list.path.is_ident("expect")
        && inside().is_ok_and(|inside| {
            inside.iter().all(|lint| {
                let name = lint.path().segments.last();
                name.is_some_and(|name| name.ident == "unused_async" || name.ident == "reason")
            })
        })
}

/// Returns whether the attribute, or each one that a `cfg_attr` may put in its place, is of a tool or `is_listed`.
fn is_one_of(attribute: &Meta, is_listed: &dyn Fn(&str) -> bool) -> bool {
    let path = attribute.path();
    match attribute {
        Meta::List(list) if path.is_ident("cfg_attr") => {
            let inside = Punctuated::<Meta, Token![,]>::parse_terminated;
            list.parse_args_with(inside).is_ok_and(|inside| {
                inside
                    .iter()
                    .skip(1)
                    .all(|attribute| is_one_of(attribute, is_listed))
            })
        }
        _ => match path.get_ident() {
            Some(name) => is_listed(&name.to_string()),
            None => path
                .segments
                .first()
                .is_some_and(|tool| TOOLS.iter().any(|known| tool.ident == known)),
        },
    }
}
