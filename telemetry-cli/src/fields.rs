//! The fields of a record as text for people.

use std::fmt::{self, Write};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::terminal::visible;

/// Appends ` key=value` for each field of the JSON object `json`. A string value is quoted only if it
/// is empty or has spaces, quotes or `=`. JSON that is not an object, or is nested too deeply to be
/// parsed, is appended as it is. All text is made visible for a terminal. `lengths` is a JSON array of the keys whose values
/// are lengths in bytes.
pub fn write(text: &mut String, json: &str, lengths: Option<&str>) {
    let lengths: Vec<String> = lengths
        .and_then(|lengths| serde_json::from_str(lengths).ok())
        .unwrap_or_default();
    let Ok(Pairs(fields)) = serde_json::from_str(json) else {
        let _ = write!(text, " {}", visible(json));
        return;
    };
    for (key, value) in fields {
        // Writing to a string cannot fail.
        let _ = write!(text, " {}=", visible(&key));
        match &value {
            Value::String(value) if is_word(value) => text.push_str(&visible(value)),
            Value::Number(value) if lengths.contains(&key) => {
                let unit = if value.as_u64() == Some(1) {
                    "byte"
                } else {
                    "bytes"
                };
                let _ = write!(text, "{value} {unit}");
            }
            value => text.push_str(&visible(&value.to_string())),
        }
    }
}

/// The key-value pairs of a JSON object, in their order.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '"', '=', '\n', '\t'])
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_printed_as_pairs_without_control_characters() {
        let mut text = String::new();
        super::write(
            &mut text,
            r#"{"count":41,"source":"litellm","text":"a \"b\"","evil":"\u001b[2J","deep":{"a":[1]},"empty":""}"#,
            None,
        );
        assert_eq!(
            text,
            r#" count=41 source=litellm text="a \"b\"" evil=␛[2J deep={"a":[1]} empty="""#
        );
        text.clear();
        super::write(
            &mut text,
            &format!("{}{}", "[".repeat(300), "]".repeat(300)),
            None,
        );
        assert_eq!(text.len(), 601);
    }

    #[test]
    fn lengths_of_content_have_a_unit() {
        let mut text = String::new();
        let fields = r#"{"prompt":37,"count":37,"key":1,"stored":"text"}"#;
        super::write(&mut text, fields, Some(r#"["prompt","key","stored"]"#));
        assert_eq!(text, " prompt=37 bytes count=37 key=1 byte stored=text");
    }
}
