//! OTLP attributes: pairs of a name and a typed value.

use serde::Serialize;
use serde_json::{Map, Value, json};
use telemetry_schema::record::Json;

/// A list of attributes. `None` values are omitted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Attributes(Vec<Value>);

impl Attributes {
    /// Returns the attributes that spans and events share.
    pub(super) fn of_record(
        fields: Option<Json<'_>>,
        thread: Option<&str>,
        session: Option<&str>,
        src: Option<&str>,
    ) -> Self {
        let mut attributes = Self::default();
        attributes.fields(fields.map(Json::get));
        attributes.text("thread.name", thread);
        attributes.text("session.id", session);
        attributes.source(src);
        attributes
    }

    /// Adds a value of one of OTLP's kinds, if it is present.
    pub(super) fn add(&mut self, key: &str, kind: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.0.push(json!({"key": key, "value": {kind: value}}));
        }
    }

    pub(super) fn text(&mut self, key: &str, text: Option<&str>) {
        self.add(key, "stringValue", text);
    }

    /// Adds a number, or its decimal text if it exceeds OTLP's signed integers.
    pub(super) fn number(&mut self, key: &str, number: Option<u64>) {
        let is_int = number.is_none_or(|number| i64::try_from(number).is_ok());
        let kind = if is_int { "intValue" } else { "stringValue" };
        self.add(key, kind, number.map(|number| number.to_string()));
    }

    /// Adds the source location of a function, in the form `file:line`.
    fn source(&mut self, src: Option<&str>) {
        let Some(src) = src else { return };
        let (file, line) = src.rsplit_once(':').unwrap_or((src, ""));
        self.text("code.file.path", Some(file));
        self.number("code.line.number", line.parse().ok());
    }

    /// Adds the fields of a record; nested values are added as JSON text. If `json` is not an object, it is
    /// added as one attribute.
    fn fields(&mut self, json: Option<&str>) {
        let Some(json) = json else { return };
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(json) else {
            self.text("fields", Some(json));
            return;
        };
        for (key, value) in fields {
            match &value {
                Value::String(text) => self.text(&key, Some(text)),
                Value::Bool(value) => self.add(&key, "boolValue", Some(value)),
                Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => self.add(&key, "intValue", Some(number.to_string())),
                    (None, Some(number)) => self.number(&key, Some(number)),
                    (None, None) => self.add(&key, "doubleValue", number.as_f64()),
                },
                value => self.text(&key, Some(&value.to_string())),
            }
        }
    }
}
