//! OTLP attributes: pairs of a name and a typed value.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use serde_json::{Map, Value as JsonValue};
use telemetry_schema::record::Json;

/// A list of attributes. `None` values are omitted.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<KeyValue>);

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

    /// Returns the finished list.
    pub(super) fn into_list(self) -> Vec<KeyValue> {
        self.0
    }

    /// Adds a value, if it is present. An attribute of the same name is replaced: OTLP forbids repeated names.
    fn add(&mut self, key: &str, value: Option<Value>) {
        let Some(value) = value else { return };
        let value = Some(AnyValue { value: Some(value) });
        if let Some(known) = self.0.iter_mut().find(|pair| pair.key == key) {
            known.value = value;
        } else {
            self.0.push(KeyValue {
                key: key.to_owned(),
                value,
                ..KeyValue::default()
            });
        }
    }

    /// Adds other attributes, which replace those of the same name.
    pub(super) fn extend(&mut self, others: Self) {
        for pair in others.0 {
            self.add(&pair.key, pair.value.and_then(|value| value.value));
        }
    }

    pub(super) fn text(&mut self, key: &str, text: Option<&str>) {
        self.add(key, text.map(text_value));
    }

    pub(super) fn bool(&mut self, key: &str, value: Option<bool>) {
        self.add(key, value.map(Value::BoolValue));
    }

    pub(super) fn double(&mut self, key: &str, value: Option<f64>) {
        self.add(key, value.map(Value::DoubleValue));
    }

    pub(super) fn int(&mut self, key: &str, value: Option<i64>) {
        self.add(key, value.map(Value::IntValue));
    }

    /// Adds a list of texts.
    pub(super) fn texts(&mut self, key: &str, texts: Option<&[&str]>) {
        let list = |texts: &[&str]| {
            let value = |text: &&str| AnyValue {
                value: Some(text_value(text)),
            };
            Value::ArrayValue(ArrayValue {
                values: texts.iter().map(value).collect(),
            })
        };
        self.add(key, texts.map(list));
    }

    /// Adds a number, or its decimal text if it exceeds OTLP's signed integers.
    pub(super) fn number(&mut self, key: &str, number: Option<u64>) {
        let value = number.map(|number| match i64::try_from(number) {
            Ok(number) => Value::IntValue(number),
            Err(_) => Value::StringValue(number.to_string()),
        });
        self.add(key, value);
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
        let Ok(fields) = serde_json::from_str::<Map<String, JsonValue>>(json) else {
            self.text("fields", Some(json));
            return;
        };
        for (key, value) in fields {
            match &value {
                JsonValue::String(text) => self.text(&key, Some(text)),
                JsonValue::Bool(value) => self.bool(&key, Some(*value)),
                JsonValue::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => self.int(&key, Some(number)),
                    (None, Some(number)) => self.number(&key, Some(number)),
                    (None, None) => self.double(&key, number.as_f64()),
                },
                value => self.text(&key, Some(&value.to_string())),
            }
        }
    }
}

fn text_value(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}
