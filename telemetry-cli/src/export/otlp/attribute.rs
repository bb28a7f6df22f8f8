//! OTLP attributes: pairs of a name and a typed value.

use serde_json::{Map, Value, json};

/// A list of attributes. `None` values are omitted.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<Value>);

impl Attributes {
    fn push(&mut self, key: &str, value: &Value) {
        self.0.push(json!({"key": key, "value": value}));
    }

    pub(super) fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.push(key, &json!({"stringValue": text}));
        }
    }

    /// Adds a number, or its decimal text if it exceeds OTLP's signed integers.
    pub(super) fn number(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            let kind = if i64::try_from(number).is_ok() {
                "intValue"
            } else {
                "stringValue"
            };
            self.push(key, &json!({kind: number.to_string()}));
        }
    }

    pub(super) fn float(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.push(key, &json!({"doubleValue": number}));
        }
    }

    pub(super) fn boolean(&mut self, key: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.push(key, &json!({"boolValue": value}));
        }
    }

    pub(super) fn texts(&mut self, key: &str, texts: &[&str]) {
        if !texts.is_empty() {
            let values: Vec<Value> = texts
                .iter()
                .map(|text| json!({"stringValue": text}))
                .collect();
            self.push(key, &json!({"arrayValue": {"values": values}}));
        }
    }

    /// Adds the source location of a function, in the form `file:line`.
    pub(super) fn source(&mut self, src: Option<&str>) {
        let Some(src) = src else { return };
        let (file, line) = src.rsplit_once(':').unwrap_or((src, ""));
        self.text("code.file.path", Some(file));
        self.number("code.line.number", line.parse().ok());
    }

    /// Adds the fields of a record; nested values are added as JSON text. If `json` is not an object, it is
    /// added as one attribute.
    pub(super) fn fields(&mut self, json: Option<&str>) {
        let Some(json) = json else { return };
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(json) else {
            self.text("fields", Some(json));
            return;
        };
        for (key, value) in fields {
            match &value {
                Value::String(text) => self.text(&key, Some(text)),
                Value::Bool(value) => self.boolean(&key, Some(*value)),
                Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => self.push(&key, &json!({"intValue": number.to_string()})),
                    (None, Some(number)) => self.number(&key, Some(number)),
                    (None, None) => self.float(&key, number.as_f64()),
                },
                value => self.text(&key, Some(&value.to_string())),
            }
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Array(self.0)
    }
}
