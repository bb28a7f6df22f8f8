//! A record's fields as people read them.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::terminal::visible;

/// Appends ` key=value` for each; texts that need none have no quotes. What is no object, or too deep
/// to be read, is shown as it is written.
pub fn write(text: &mut String, json: &str) {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(json) else {
        let _ = write!(text, " {}", visible(json));
        return;
    };
    for (key, value) in fields {
        // Writing to a string cannot fail.
        let _ = write!(text, " {}=", visible(&key));
        match &value {
            Value::String(value) if is_word(value) => text.push_str(&visible(value)),
            value => text.push_str(&visible(&value.to_string())),
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '"', '=', '\n', '\t'])
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_pairs_and_nothing_a_terminal_obeys() {
        let mut text = String::new();
        super::write(
            &mut text,
            r#"{"count":41,"source":"litellm","text":"a \"b\"","evil":"\u001b[2J","deep":{"a":[1]},"empty":""}"#,
        );
        assert_eq!(
            text,
            r#" count=41 source=litellm text="a \"b\"" evil=␛[2J deep={"a":[1]} empty="""#
        );
        text.clear();
        super::write(
            &mut text,
            &format!("{}{}", "[".repeat(300), "]".repeat(300)),
        );
        assert_eq!(text.len(), 601);
    }
}
