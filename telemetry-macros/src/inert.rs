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

const TOOLS: [&str; 3] = ["clippy", "diagnostic", "rustfmt"];

/// Whether an attribute leaves the tokens of its function as they are. An attribute macro may change
/// them, and so may one whose name is unknown here.
pub(crate) fn is_inert(attribute: &Meta) -> bool {
    is_one_of(attribute, &|name| {
        INDEPENDENT_OF_ASYNC.contains(&name) || DESCRIPTIVE.contains(&name)
    })
}

/// Whether an attribute means the same on a function that is not `async`. `must_use` and `track_caller` do
/// not, and what an attribute macro does is unknown.
pub(crate) fn is_independent_of_async(attribute: &Meta) -> bool {
    is_one_of(attribute, &|name| INDEPENDENT_OF_ASYNC.contains(&name))
}

/// Whether the attribute, or each one that a `cfg_attr` may put in its place, is of a tool or `is_listed`.
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
