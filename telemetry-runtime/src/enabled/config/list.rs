//! Lists: families of names, and directives over targets.
//!
//! An invalid element is reported and ignored, like an invalid directive of `RUST_LOG` and an invalid entry of `sample`: one
//! mistake in `exclude` must not record everything that its other elements exclude. Where no element is valid, the key keeps
//! its default.

use telemetry_schema::name::{self, Family, NameError};
use toml::de::DeValue;

use super::invalid::{InvalidValue, quoted};
use super::value::{described, invalid_value};
use crate::enabled::targets::{Directive, Targets, did_you_mean};

/// The valid elements of a list, `None` if no element is valid, and the invalid ones.
pub(super) struct Elements<T> {
    pub(super) valid: Option<T>,
    pub(super) invalid: Option<InvalidValue>,
}

impl<T> Elements<T> {
    /// Returns the result for a value that is no list.
    fn none(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self {
            valid: None,
            invalid: Some(invalid_value(found, allowed)),
        }
    }

    fn map<U>(self, convert: impl FnOnce(T) -> U) -> Elements<U> {
        Elements {
            valid: self.valid.map(convert),
            invalid: self.invalid,
        }
    }
}

/// Joins the invalid elements of a list.
fn joined(invalid: Vec<InvalidValue>) -> Option<InvalidValue> {
    let mut invalid = invalid.into_iter();
    let first = invalid.next()?;
    Some(InvalidValue {
        others: invalid.collect(),
        ..first
    })
}

/// Reads `include`, which must not be empty.
pub(super) fn include(value: &DeValue<'_>) -> Elements<Vec<Family>> {
    if matches!(value.as_array(), Some(array) if array.is_empty()) {
        return Elements::none(
            "an empty array",
            "at least one family; leave `include` out for all, or say `enabled = false` for none",
        );
    }
    families(value)
}

/// The form of a family, for messages.
const FAMILY: &str = "\"*\", a family such as \"model.*\", or a name such as \"model.request\"";

/// Parses a family. Returns the error, and what is allowed.
pub(super) fn family(pattern: &str) -> Result<Family, (NameError, String)> {
    Family::parse(pattern).map_err(|error| {
        let (stem, tail) = match pattern.strip_suffix(".*") {
            Some(stem) => (stem, ".*"),
            None => (pattern, ""),
        };
        let family = pattern
            .strip_suffix('.')
            .filter(|stem| name::check(stem).is_ok());
        let suggestion = if let Some(stem) = family {
            format!("; did you mean \"{stem}.*\"?")
        } else if stem.contains('*') {
            "; a `*` stands alone or at the end, behind a dot".to_owned()
        } else {
            name::suggestion(&stem.replace("::", "."))
                .map(|name| format!("; did you mean \"{name}{tail}\"?"))
                .unwrap_or_default()
        };
        (error, format!("{FAMILY}{suggestion}"))
    })
}

/// Reads an array of families of names.
pub(super) fn families(value: &DeValue<'_>) -> Elements<Vec<Family>> {
    array(value, FAMILY, |pattern| {
        family(pattern).map_err(|(error, allowed)| (error.to_string(), allowed))
    })
}

/// The form of an element of `targets`, for messages.
const DIRECTIVE: &str =
    "a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"";

/// Reads `targets`: directives over the targets of `tracing`.
pub(super) fn targets(value: &DeValue<'_>) -> Elements<Targets> {
    let directives = array(value, DIRECTIVE, |text| {
        Directive::parse(text).map_err(|error| {
            let allowed = format!("{DIRECTIVE}{}", did_you_mean(&error));
            (error.to_string(), allowed)
        })
    });
    directives.map(Targets::new)
}

/// Reads an array of texts of a `form`. `parse` returns an error of a text, and what is allowed.
fn array<T>(
    value: &DeValue<'_>,
    form: &str,
    parse: impl Fn(&str) -> Result<T, (String, String)>,
) -> Elements<Vec<T>> {
    // Other programs have lists in one text, separated by commas.
    let list = |text: &str| {
        let parts = text.split(',').map(str::trim);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let is_list = !parts.is_empty() && parts.iter().all(|part| parse(part).is_ok());
        let parts = parts.iter().map(|part| quoted(part));
        is_list.then(|| parts.collect::<Vec<_>>().join(", "))
    };
    let Some(elements) = value.as_array() else {
        let meant = value.as_str().and_then(list);
        let meant = meant.map_or_else(String::new, |list| format!("; did you mean [{list}]?"));
        return Elements::none(described(value), format!("an array of {form}{meant}"));
    };
    let mut valid = Vec::new();
    let mut refused = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let found = described(element.get_ref());
        let (found, allowed) = match element.get_ref().as_str() {
            None => (found, form.to_owned()),
            Some(text) => match parse(text) {
                Ok(parsed) => {
                    valid.push(parsed);
                    continue;
                }
                Err((error, allowed)) => match list(text) {
                    Some(list) => (
                        found,
                        format!("an element for each of them; did you mean {list}?"),
                    ),
                    None => (format!("{found} ({error})"), allowed),
                },
            },
        };
        refused.push(InvalidValue {
            element: Some((index, element.span().start)),
            ..invalid_value(found, allowed)
        });
    }
    let has_valid = !valid.is_empty() || refused.is_empty();
    Elements {
        valid: has_valid.then_some(valid),
        invalid: joined(refused),
    }
}

/// Reads `filter`: directives as in `RUST_LOG`.
pub(super) fn filter(value: &DeValue<'_>) -> Elements<Targets> {
    const ALLOWED: &str = "directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"";
    let found = described(value);
    let (targets, errors) = value.as_str().map(Targets::parse_each).unwrap_or_default();
    if !targets.is_empty() || !errors.is_empty() {
        let refused = |error| {
            let allowed = format!("{ALLOWED}{}", did_you_mean(&error));
            invalid_value(format!("{found} ({error})"), allowed)
        };
        return Elements {
            valid: Some(targets).filter(|targets| !targets.is_empty()),
            invalid: joined(errors.into_iter().map(refused).collect()),
        };
    }
    let texts = value.as_array().into_iter().flatten();
    let texts: Option<Vec<&str>> = texts.map(|text| text.get_ref().as_str()).collect();
    let texts = texts.unwrap_or_default().join(",");
    let (targets, errors) = Targets::parse_each(&texts);
    let meant = if errors.is_empty() && !targets.is_empty() {
        format!("; did you mean {}?", quoted(&texts))
    } else {
        String::new()
    };
    Elements::none(found, format!("{ALLOWED}{meant}"))
}
