//! The fields of one record, encoded as they come: `"source":"litellm","count":41`.

use std::fmt;

use super::field::{self, Value};
use super::json;
use super::limits::{Limits, MAX_FIELDS};

/// Encoded fields.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    bytes: Vec<u8>,
    /// Fields for which the record had no room, not even for their length.
    left_out: u32,
}

impl Fields {
    pub(crate) fn clear(&mut self, kept: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > kept {
            self.bytes = Vec::new();
        }
        self.left_out = 0;
    }

    /// Adds a value as it is.
    pub(crate) fn value<V: Value + ?Sized>(&mut self, key: &str, value: &V) {
        self.add(key, |out, limits| value.encode(out, limits));
    }

    /// Adds what the value formats to.
    pub(crate) fn formatted(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.add(key, |out, limits| {
            field::formatted(out, value, limits);
            true
        });
    }

    /// Adds what a person or a model wrote: the text where texts are stored, else its length in
    /// bytes.
    pub(crate) fn content<V: Value + ?Sized>(&mut self, key: &str, value: &V) {
        if Limits::current().log_content {
            return self.value(key, value);
        }
        self.add(key, |out, limits| {
            value.text_len().is_some_and(|len| len.encode(out, limits))
        });
    }

    /// The same for what the value formats to.
    pub(crate) fn content_formatted(&mut self, key: &str, value: fmt::Arguments<'_>) {
        if Limits::current().log_content {
            return self.formatted(key, value);
        }
        let len = field::formatted_len(value);
        self.value(key, &len);
    }

    /// Adds `"[redacted]"`.
    pub(crate) fn redacted(&mut self, key: &str) {
        self.add(key, |out, _| {
            out.extend_from_slice(b"\"[redacted]\"");
            true
        });
    }

    /// Adds fields that were encoded elsewhere.
    pub(crate) fn append(&mut self, late: &Self) {
        if self.bytes.len() + late.bytes.len() > MAX_FIELDS {
            self.left_out = self.left_out.saturating_add(1);
        } else if !late.bytes.is_empty() {
            if !self.bytes.is_empty() {
                self.bytes.push(b',');
            }
            self.bytes.extend_from_slice(&late.bytes);
        }
        self.left_out = self.left_out.saturating_add(late.left_out);
    }

    /// Appends `,"fields":{…}`, or nothing where there are none.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.bytes.is_empty() && self.left_out == 0 {
            return;
        }
        out.extend_from_slice(b",\"fields\":{");
        out.extend_from_slice(&self.bytes);
        if self.left_out > 0 {
            if !self.bytes.is_empty() {
                out.push(b',');
            }
            out.extend_from_slice(b"\"fields_left_out\":");
            json::unsigned(out, self.left_out.into());
        }
        out.push(b'}');
    }

    /// The fields as `key=value` text, for the TUI's log.
    pub(crate) fn write_text(&self, out: &mut Vec<u8>) {
        for pair in self.pairs() {
            out.push(b' ');
            out.extend_from_slice(pair.0.as_bytes());
            out.push(b'=');
            out.extend_from_slice(pair.1.get().as_bytes());
        }
    }

    fn pairs(&self) -> Vec<(String, Box<serde_json::value::RawValue>)> {
        let object = [b"{", self.bytes.as_slice(), b"}"].concat();
        serde_json::from_slice::<Pairs>(&object)
            .map(|pairs| pairs.0)
            .unwrap_or_default()
    }

    fn add(&mut self, key: &str, encode: impl Fn(&mut Vec<u8>, Limits) -> bool) {
        let limits = Limits::current();
        // A value too long for the record is replaced by its length alone, never cut.
        for limits in [limits, limits.capped(0)] {
            let before = self.bytes.len();
            if before > 0 {
                self.bytes.push(b',');
            }
            json::string(&mut self.bytes, key);
            self.bytes.push(b':');
            if !encode(&mut self.bytes, limits) {
                return self.bytes.truncate(before);
            }
            if self.bytes.len() <= MAX_FIELDS {
                return;
            }
            self.bytes.truncate(before);
        }
        self.left_out = self.left_out.saturating_add(1);
    }
}

/// An object's pairs in their order.
struct Pairs(Vec<(String, Box<serde_json::value::RawValue>)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
