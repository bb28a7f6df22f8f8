//! The `type` key of a record: written as its constant, checked before the record is read.

macro_rules! tag {
    ($(#[$doc:meta])* $tag:ident for $record:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $tag;

        impl $record<'_> {
            /// What the record's `type` says.
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
pub(super) use tag;
