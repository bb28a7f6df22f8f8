//! The message of an event: a format string whose values are names in its braces.

use syn::{Expr, LitStr, parse_quote_spanned};
use telemetry_schema::secret::secret_segment;

use super::field::{Capture, Field};

/// The key of the field that holds the message.
const KEY: &str = "message";

/// Checks the format string and makes the field of the message.
pub(super) fn field(text: &LitStr) -> syn::Result<Field> {
    for name in names(&text.value()).map_err(|message| syn::Error::new(text.span(), message))? {
        if secret_segment(&name).is_some() {
            return Err(syn::Error::new(
                text.span(),
                format_args!(
                    "`{{{name}}}` has the name of a secret, and secrets are not recorded: remove it from the \
                     message, or rename the variable if its value is not secret"
                ),
            ));
        }
    }
    let value: Expr = parse_quote_spanned!(text.span()=> ::core::format_args!(#text));
    Ok(Field {
        key: KEY.to_owned(),
        span: text.span(),
        capture: Capture::Display,
        content: false,
        value,
    })
}

/// Returns the names in the braces of a format string.
fn names(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let from = &rest[at..];
        if from.starts_with("{{") || from.starts_with("}}") {
            rest = &from[2..];
            continue;
        }
        let Some(end) = from.find('}').filter(|_| from.starts_with('{')) else {
            return Err(
                "the message has a brace without its counterpart: write `{name}` for a value, `{{` for a brace"
                    .to_owned(),
            );
        };
        let name = from[1..end].split(':').next().unwrap_or_default().trim();
        let begins = |first: char| first.is_alphabetic() || first == '_';
        if !name.starts_with(begins) {
            return Err(format!(
                "`{{{name}}}` in the message has no value: write the name of a variable in the braces, `{{name}}`, \
                 and an expression as a field, `key = expr`"
            ));
        }
        names.push(name.to_owned());
        rest = &from[end + 1..];
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_read_from_a_format_string() {
        assert_eq!(names("text"), Ok(Vec::new()));
        assert_eq!(
            names("{a} {{b}} {c:>5} {d:?}"),
            Ok(["a", "c", "d"].map(str::to_owned).to_vec())
        );
        for wrong in ["{}", "{0}", "{:?}", "{a", "a}"] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
    }
}
