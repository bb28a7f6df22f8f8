//! The values that a field takes, and how each is added to a frame.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::frame::Frame;
use super::limits::Limits;
use super::panics::catch_user_panic;

/// A value that a field takes without a sigil. Hosts must not implement the trait, so that recording a value runs no code of
/// the host, which might panic.
///
/// Integers are exact. Floats are written with the fewest digits from which the value can be parsed back, non-finite ones
/// as strings. A `Duration` is written as its number of seconds, a float. For `None` the field is omitted.
#[diagnostic::on_unimplemented(
    message = "a field cannot take a `{Self}` as it is",
    label = "say how to write it: `%value` for `Display`, `?value` for `Debug`"
)]
pub trait FieldValue {
    /// Adds the value to the field. For `None` does nothing, so that the field is omitted.
    #[doc(hidden)]
    fn record(&self, field: Field<'_>);

    /// Returns the length of a text, for `content(…)` where texts are not stored.
    #[doc(hidden)]
    fn text_len(&self) -> Option<usize> {
        None
    }
}

/// A field without its value.
#[doc(hidden)]
#[derive(Debug)]
pub struct Field<'a> {
    frame: &'a mut Frame,
    key: &'static str,
}

/// Adding values of any type.
impl Frame {
    /// Adds a value.
    #[inline]
    pub(crate) fn value<V: FieldValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        value.record(Field { frame: self, key });
    }

    /// Adds a text that a person or a model wrote, or its length in bytes if texts are not stored.
    pub(crate) fn content<V: FieldValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if Limits::current().log_content {
            self.value(key, value);
        } else if let Some(len) = value.text_len() {
            self.length(key, len as u64);
        }
    }

    /// Like [`content`](Self::content), for the text that the value formats to.
    pub(crate) fn content_formatted(&mut self, key: &'static str, value: fmt::Arguments<'_>) {
        if Limits::current().log_content {
            self.formatted(key, value);
        } else {
            self.length(key, formatted_len(value) as u64);
        }
    }
}

/// Returns the length in bytes of the text that `value` formats to, without storing it; 0 if the host's formatting code
/// panics.
fn formatted_len(value: fmt::Arguments<'_>) -> usize {
    struct Length(usize);
    impl fmt::Write for Length {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            self.0 = self.0.saturating_add(more.len());
            Ok(())
        }
    }
    let mut length = Length(0);
    catch_user_panic(|| _ = fmt::write(&mut length, value)).map_or(0, |()| length.0)
}

/// Returns the content of an `Option` from its `Debug` text: `High` for `Some(High)`, nothing for `None`.
pub(crate) fn inside_some(formatted: &str) -> Option<String> {
    let inside = formatted
        .strip_prefix("Some(")
        .and_then(|rest| rest.strip_suffix(')'));
    let inside = inside.unwrap_or(formatted);
    let unquoted = inside
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    (inside != "None").then(|| unquoted.unwrap_or(inside).to_owned())
}

impl FieldValue for str {
    fn record(&self, field: Field<'_>) {
        field.frame.text(field.key, self);
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.len())
    }
}

macro_rules! strings {
    ($($ty:ty)*) => {$(
        impl FieldValue for $ty {
            fn record(&self, field: Field<'_>) {
                str::record(self, field);
            }
            fn text_len(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}
strings!(String Cow<'_, str>);

macro_rules! numbers {
    ($($ty:ty => $method:ident as $wide:ty,)*) => {$(
        impl FieldValue for $ty {
            #[inline]
            fn record(&self, field: Field<'_>) {
                field.frame.$method(field.key, <$wide>::from(*self));
            }
        }
    )*};
}
numbers! {
    u8 => unsigned as u64,
    u16 => unsigned as u64,
    u32 => unsigned as u64,
    u64 => unsigned as u64,
    u128 => long_unsigned as u128,
    i8 => signed as i64,
    i16 => signed as i64,
    i32 => signed as i64,
    i64 => signed as i64,
    i128 => long_signed as i128,
    f32 => short_float as f32,
    f64 => float as f64,
    bool => bool as bool,
}

impl FieldValue for usize {
    #[inline]
    fn record(&self, field: Field<'_>) {
        // No platform has more than 64 bits.
        field.frame.unsigned(field.key, *self as u64);
    }
}

impl FieldValue for isize {
    #[inline]
    fn record(&self, field: Field<'_>) {
        field.frame.signed(field.key, *self as i64);
    }
}

impl FieldValue for char {
    fn record(&self, field: Field<'_>) {
        self.encode_utf8(&mut [0; 4]).record(field);
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.len_utf8())
    }
}

impl FieldValue for Duration {
    fn record(&self, field: Field<'_>) {
        self.as_secs_f64().record(field);
    }
}

impl FieldValue for std::path::Path {
    fn record(&self, field: Field<'_>) {
        self.to_string_lossy().record(field);
    }
    fn text_len(&self) -> Option<usize> {
        Some(self.as_os_str().len())
    }
}

impl FieldValue for std::path::PathBuf {
    fn record(&self, field: Field<'_>) {
        self.as_path().record(field);
    }
    fn text_len(&self) -> Option<usize> {
        self.as_path().text_len()
    }
}

impl FieldValue for uuid::Uuid {
    fn record(&self, field: Field<'_>) {
        field.frame.uuid(field.key, *self.as_bytes());
    }
}

impl FieldValue for crate::SessionId {
    fn record(&self, field: Field<'_>) {
        field.frame.uuid(field.key, *self.as_bytes());
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    fn record(&self, field: Field<'_>) {
        if let Some(value) = self {
            value.record(field);
        }
    }
    fn text_len(&self) -> Option<usize> {
        self.as_ref().and_then(FieldValue::text_len)
    }
}

macro_rules! through {
    ($($ty:ty)*) => {$(
        impl<T: FieldValue + ?Sized> FieldValue for $ty {
            fn record(&self, field: Field<'_>) {
                (**self).record(field);
            }
            fn text_len(&self) -> Option<usize> {
                (**self).text_len()
            }
        }
    )*};
}
through!(&T &mut T Box<T> Arc<T> std::rc::Rc<T>);
