//! The fields of one record, encoded as they come: `"source":"litellm","count":41`.

use std::fmt;

use super::field::{self, Value};
use super::json;
use super::limits::{Limits, MAX_FIELDS};

/// Encoded fields.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    bytes: Vec<u8>,
    /// Where each field begins in them.
    starts: Vec<(&'static str, usize)>,
    /// Fields for which the record had no room, not even for their length.
    left_out: u32,
}

impl Fields {
    pub(crate) fn clear(&mut self, kept: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > kept {
            self.bytes = Vec::new();
        }
        self.starts.clear();
        self.left_out = 0;
    }

    /// Adds a value as it is.
    pub(crate) fn value<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.add(key, |out, limits| value.encode(out, limits));
    }

    /// Adds what the value formats to.
    pub(crate) fn formatted(&mut self, key: &'static str, value: fmt::Arguments<'_>) {
        self.add(key, |out, limits| {
            field::formatted(out, value, limits);
            true
        });
    }

    /// Adds what a person or a model wrote: the text where texts are stored, else its length in
    /// bytes.
    pub(crate) fn content<V: Value + ?Sized>(&mut self, key: &'static str, value: &V) {
        if Limits::current().log_content {
            return self.value(key, value);
        }
        self.add(key, |out, limits| {
            value.text_len().is_some_and(|len| len.encode(out, limits))
        });
    }

    /// The same for what the value formats to.
    pub(crate) fn content_formatted(&mut self, key: &'static str, value: fmt::Arguments<'_>) {
        if Limits::current().log_content {
            return self.formatted(key, value);
        }
        let len = field::formatted_len(value);
        self.value(key, &len);
    }

    /// Adds `"[redacted]"`.
    pub(crate) fn redacted(&mut self, key: &'static str) {
        self.add(key, |out, _| {
            out.extend_from_slice(b"\"[redacted]\"");
            true
        });
    }

    /// Adds fields that were encoded elsewhere. One of a key that is there already takes its place:
    /// the last word counts, and a loop that says it again makes the record no longer.
    pub(crate) fn append(&mut self, late: &Self) {
        for (index, (key, start)) in late.starts.iter().enumerate() {
            let field = &late.bytes[*start..late.end(index)];
            self.remove(key);
            if self.bytes.len() + 1 + field.len() > MAX_FIELDS {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            if !self.bytes.is_empty() {
                self.bytes.push(b',');
            }
            self.starts.push((key, self.bytes.len()));
            self.bytes.extend_from_slice(field);
        }
        self.left_out = self.left_out.saturating_add(late.left_out);
    }

    /// Where a field ends; a comma stands between it and the next.
    fn end(&self, index: usize) -> usize {
        self.starts
            .get(index + 1)
            .map_or(self.bytes.len(), |(_, next)| next - 1)
    }

    fn remove(&mut self, key: &str) {
        let Some(index) = self.starts.iter().position(|(known, _)| *known == key) else {
            return;
        };
        let (_, start) = self.starts.remove(index);
        // With the comma behind it, or, of the last one, the comma before.
        let next = self.starts.get(index).map(|(_, next)| *next);
        let from = if next.is_none() {
            start.saturating_sub(1)
        } else {
            start
        };
        let to = next.unwrap_or(self.bytes.len());
        self.bytes.drain(from..to);
        for (_, later) in &mut self.starts[index..] {
            *later -= to - from;
        }
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

    fn add(&mut self, key: &'static str, encode: impl Fn(&mut Vec<u8>, Limits) -> bool) {
        let limits = Limits::current();
        // A value too long for the record is replaced by its length alone, never cut.
        for limits in [limits, limits.capped(0)] {
            let before = self.bytes.len();
            if before > 0 {
                self.bytes.push(b',');
            }
            let start = self.bytes.len();
            json::string(&mut self.bytes, key);
            self.bytes.push(b':');
            if !encode(&mut self.bytes, limits) {
                return self.bytes.truncate(before);
            }
            if self.bytes.len() <= MAX_FIELDS {
                return self.starts.push((key, start));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Fields;

    const KEYS: [&str; 4] = ["a", "b", "attempt", "slug"];

    fn written(fields: &Fields) -> serde_json::Value {
        let mut out = b"{\"x\":0".to_vec();
        fields.write(&mut out);
        out.push(b'}');
        serde_json::from_slice(&out).unwrap()
    }

    proptest! {
        #[test]
        fn of_late_fields_the_last_word_counts_and_each_key_stands_once(
            early in proptest::collection::btree_map(0_usize..4, "[a-z\"]{0,6}", 0..4),
            late in proptest::collection::vec((0_usize..4, "[a-z\"]{0,6}"), 0..12),
        ) {
            let mut fields = Fields::default();
            let mut expected = serde_json::Map::new();
            for (key, value) in &early {
                fields.value(KEYS[*key], value.as_str());
                expected.insert(KEYS[*key].to_owned(), value.clone().into());
            }
            for (key, value) in &late {
                let mut more = Fields::default();
                more.value(KEYS[*key], value.as_str());
                fields.append(&more);
                expected.insert(KEYS[*key].to_owned(), value.clone().into());
            }
            let read = written(&fields);
            if expected.is_empty() {
                prop_assert!(read.get("fields").is_none());
            } else {
                prop_assert_eq!(read["fields"].as_object(), Some(&expected));
            }
            let text = String::from_utf8(fields.bytes.clone()).unwrap();
            prop_assert!(text.matches("\"attempt\":").count() <= 1);
        }

        #[test]
        fn a_loop_that_says_a_key_again_makes_the_record_no_longer(count in 1_usize..80) {
            let mut fields = Fields::default();
            for _ in 0..count {
                let mut more = Fields::default();
                more.value("a", "x".repeat(900).as_str());
                more.value("b", &1);
                fields.append(&more);
            }
            prop_assert_eq!(&written(&fields)["fields"]["b"], &1);
            prop_assert_eq!(fields.left_out, 0);
            prop_assert!(fields.bytes.len() < 1_000);
        }
    }
}
