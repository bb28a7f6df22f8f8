//! The names in a format string.

/// Returns what is in the braces of a format string, without the formats: names, indices and nothing.
pub(super) fn placeholders(text: &str) -> Result<Vec<&str>, String> {
    let mut placeholders = Vec::new();
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
        placeholders.push(from[1..end].split(':').next().unwrap_or_default().trim());
        rest = &from[end + 1..];
    }
    Ok(placeholders)
}

/// Returns the names in the braces of a message, in which every value has a name.
pub(super) fn names(text: &str) -> Result<Vec<&str>, String> {
    let names = placeholders(text)?;
    for name in &names {
        let begins = |first: char| first.is_alphabetic() || first == '_';
        if !name.starts_with(begins) {
            return Err(format!(
                "`{{{name}}}` in the message has no value: write the name of a variable in the braces, `{{name}}`, \
                 and an expression as a field, `key = expr`"
            ));
        }
        if syn::parse_str::<syn::Ident>(name).is_err() && !name.starts_with("r#") {
            return Err(format!(
                "`{{{name}}}` in the message is not a name: write the name of a variable in the braces, `{{name}}`, \
                 and an expression as a field, `key = {name}`"
            ));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{names, placeholders};

    #[test]
    fn names_are_read_from_a_format_string() {
        assert_eq!(names("text"), Ok(Vec::new()));
        assert_eq!(names("{a} {{b}} {c:>5} {d:?}"), Ok(vec!["a", "c", "d"]));
        for wrong in ["{}", "{0}", "{:?}", "{a", "a}"] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
        assert_eq!(placeholders("{} {0:?} {a}"), Ok(vec!["", "0", "a"]));
    }
}
