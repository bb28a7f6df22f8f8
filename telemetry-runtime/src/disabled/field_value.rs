//! The types of values that a field and the option `session` take, without the recording.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

#[cfg_attr(doc, telemetry_macros::documentation_of(FieldValue))]
pub trait FieldValue {}

macro_rules! values {
    ($($ty:ty)*) => {
        $(impl FieldValue for $ty {})*
    };
}
values! {
    str String Cow<'_, str> char bool
    u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64
    Duration Path PathBuf crate::SessionId
}

impl<T: FieldValue> FieldValue for Option<T> {}

macro_rules! through {
    ($($ty:ty)*) => {
        $(impl<T: FieldValue + ?Sized> FieldValue for $ty {})*
    };
}
through!(&T &mut T Box<T> Arc<T> Rc<T>);

#[cfg_attr(doc, telemetry_macros::documentation_of(UsageSession))]
pub trait UsageSession {}

impl UsageSession for crate::Session {}
impl UsageSession for crate::SessionId {}
impl<T: UsageSession> UsageSession for Option<T> {}
impl<T: UsageSession + ?Sized> UsageSession for &T {}
