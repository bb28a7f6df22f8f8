//! The declaration of record types.
//!
//! A record type is declared once, as a struct with its keys in the order in which lines have them. The macro
//! [`record!`] makes of it the struct, its serde attributes and [`KEYS`](super::SessionRecord::KEYS);
//! [`scanned_record!`] adds a reader without serde, [`ReadRecord`], for the kinds of which logs have millions.
//!
//! The type of a field decides how the key is read and written:
//!
//! | type | in a line |
//! |---|---|
//! | `Option<T>` | may be absent; `null` reads as absent; `None` is not written |
//! | `u64`, `u32` | an integer, also in the form of a float such as `12.0` |
//! | any other | required |
//! | `Cow<'a, str>`, `Option<Cow<'a, str>>` | borrowed from the line where the text has no escapes |
//! | `type Tag = "kind"` | the key `type` with this constant |

use super::count::UnusableCount;
use super::scan::Scanner;

/// A record that is read without serde.
pub(super) trait ReadRecord<'a>: Default {
    /// Reads the keys of a line into a record that is `Default::default()`. Records are large, so the caller keeps
    /// the record where it is.
    fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()>;

    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        let mut record = Self::default();
        record.fill(scanner)?;
        Some(record)
    }

    /// Finds the first count with a value that the key cannot have, in a line that is a JSON object.
    fn unusable_count(line: &'a str) -> Option<UnusableCount>;
}

/// Declares a record that is read with serde.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $record:ident<'a> { $($fields:tt)* }
    ) => {
        fields!(serde [$(#[$meta])*] $record [] [] $($fields)*);
    };
}

/// Declares a record that is also read without serde.
macro_rules! scanned_record {
    (
        $(#[$meta:meta])*
        pub struct $record:ident<'a> { $($fields:tt)* }
    ) => {
        fields!(scanned [$(#[$meta])*] $record [] [] $($fields)*);
    };
}

/// Takes the fields of a record one by one and collects
///
/// * the fields of the struct, with their serde attributes, in the first brackets,
/// * `key field how;` for each key in the second, where `how` is `required`, `optional` or `constant`.
macro_rules! fields {
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        type $tag:ident = $text:literal, $($rest:tt)*
    ) => {
        tag!($tag $record $text);
        fields!($reader $meta $record
            [
                $($struct)*
                #[doc = concat!("The key `type`: `", $text, "`.")]
                #[serde(rename = "type")]
                pub tag: $tag,
            ]
            [$($keys)* ("type") tag constant;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Option<Cow<'a, str>>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(
                    default,
                    borrow,
                    deserialize_with = "super::text::optional",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $field: Option<Cow<'a, str>>,
            ]
            [$($keys)* (stringify!($field)) $field optional;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Option<Json<'a>>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
                pub $field: Option<Json<'a>>,
            ]
            [$($keys)* (stringify!($field)) $field optional;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Option<u64>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(
                    default,
                    deserialize_with = "super::count::optional",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $field: Option<u64>,
            ]
            [$($keys)* (stringify!($field)) $field optional;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Option<u32>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(
                    default,
                    deserialize_with = "super::count::optional",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $field: Option<u32>,
            ]
            [$($keys)* (stringify!($field)) $field optional;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: u64, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(deserialize_with = "super::count::required")]
                pub $field: u64,
            ]
            [$($keys)* (stringify!($field)) $field required;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: u32, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(deserialize_with = "super::count::required")]
                pub $field: u32,
            ]
            [$($keys)* (stringify!($field)) $field required;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Option<$value:ty>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$value>,
            ]
            [$($keys)* (stringify!($field)) $field optional;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: Cow<'a, str>, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                #[serde(borrow)]
                pub $field: Cow<'a, str>,
            ]
            [$($keys)* (stringify!($field)) $field required;]
            $($rest)*);
    };
    ($reader:ident $meta:tt $record:ident [$($struct:tt)*] [$($keys:tt)*]
        $(#[$attribute:meta])* $field:ident: $value:ty, $($rest:tt)*
    ) => {
        fields!($reader $meta $record
            [
                $($struct)*
                $(#[$attribute])*
                pub $field: $value,
            ]
            [$($keys)* (stringify!($field)) $field required;]
            $($rest)*);
    };
    ($reader:ident [$(#[$meta:meta])*] $record:ident [$($struct:tt)*]
        [$(($($key:tt)+) $field:ident $how:ident;)*]
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct $record<'a> { $($struct)* }

        impl $record<'_> {
            /// The keys of a line, in order.
            pub const KEYS: &'static [&'static str] = &[$($($key)+,)*];
        }

        reader!($reader $record [$(($($key)+) $field $how;)*]);
    };
}

/// Implements [`ReadRecord`]. A key is expected at its place in the lines of the runtime, which takes one comparison per key; a key
/// that is out of order costs a search. A line with a duplicate key, or without a required key, is not a record, as for
/// serde; a test compares both.
macro_rules! reader {
    (serde $($rest:tt)*) => {};
    (scanned $record:ident [$(($($key:tt)+) $field:ident $how:ident;)*]) => {
        impl<'a> ReadRecord<'a> for $record<'a> {
            #[expect(non_camel_case_types, reason = "the variants are the names of the fields")]
            fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
                /// The number of each key's bit in `read`.
                enum Bit { $($field,)* }
                const REQUIRED: u64 = 0 $(| key!($how Bit::$field))*;
                let mut read = 0_u64;
                let record = self;
                let mut more = scanner.open_object()?;
                'keys: while more {
                    let round = scanner.at();
                    $(
                        if scanner.eat(concat!("\"", $($key)+, "\":")) {
                            if read & (1_u64 << Bit::$field as u32) != 0 {
                                return None;
                            }
                            read |= 1_u64 << Bit::$field as u32;
                            scanner.space();
                            key!($how record $field scanner);
                            more = scanner.next_key()?;
                            if !more {
                                break 'keys;
                            }
                        }
                    )*
                    if scanner.at() > round {
                        continue;
                    }
                    // An unknown key, or a key that is not written in the form of the runtime.
                    match &*scanner.key()? {
                        $(
                            $($key)+ => {
                                if read & (1_u64 << Bit::$field as u32) != 0 {
                                    return None;
                                }
                                read |= 1_u64 << Bit::$field as u32;
                                key!($how late record $field scanner);
                            }
                        )*
                        key => {
                            scanner.found_type |= key == "type";
                            scanner.skip_value()?;
                        }
                    }
                    more = scanner.next_key()?;
                }
                scanner.end()?;
                (read & REQUIRED == REQUIRED).then_some(())
            }

            #[cold]
            fn unusable_count(line: &'a str) -> Option<UnusableCount> {
                let mut unusable = None;
                each_top_level_value(line, &mut |key, scanner| {
                    let value = scanner.raw_value()?;
                    let found = match key {
                        $($($key)+ => key!($how unusable $record $field value),)*
                        _ => None,
                    };
                    if let Some((key, expected)) = found {
                        unusable.get_or_insert(UnusableCount::new(key, expected, value));
                    }
                    Some(())
                })?;
                unusable
            }
        }
    };
}

/// The bit of a key that is required, or the code that reads the value of a key.
macro_rules! key {
    (required $bit:path) => {
        1_u64 << $bit as u32
    };
    ($how:ident $bit:path) => {
        0
    };
    (constant unusable $record:ident $field:ident $value:ident) => {
        None
    };
    // The key and its values, if the value is none of them.
    ($how:ident unusable $record:ident $field:ident $value:ident) => {
        expected(
            type_of(|record: &mut $record<'_>| &mut record.$field),
            $value,
        )
        .map(|expected| (stringify!($field), expected))
    };
    (constant late $record:ident $field:ident $scanner:ident) => {
        $scanner.skip_value()?
    };
    ($how:ident late $record:ident $field:ident $scanner:ident) => {
        fill_late(&mut $record.$field, $scanner)?
    };
    // The value of `type` is known from the kind of the record.
    (constant $record:ident $field:ident $scanner:ident) => {
        $scanner.skip_value()?
    };
    ($how:ident $record:ident $field:ident $scanner:ident) => {
        $record.$field.fill($scanner)?
    };
}

/// Declares the type of a `type` key, which is written as its constant and checked before the record is read.
macro_rules! tag {
    ($tag:ident $record:ident $text:literal) => {
        #[doc = concat!("The `type` of a record: `", $text, "`.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $tag;

        impl $record<'_> {
            /// The value of the record's `type`.
            pub const TYPE: &'static str = $text;
        }

        impl serde::Serialize for $tag {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($record::TYPE)
            }
        }

        impl<'de> serde::Deserialize<'de> for $tag {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
            }
        }
    };
}

pub(super) use {fields, key, reader, record, scanned_record, tag};
