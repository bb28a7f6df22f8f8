//! Traits of the values that options of the attributes record. They exist for their error messages.

use std::fmt::{Debug, Display};

use crate::usage::{TokenCount, UsageText};

/// An error whose `Display` text the option `err` records.
#[diagnostic::on_unimplemented(
    message = "`err` records the `Display` text of the error, and `{Self}` does not implement `Display`",
    label = "write `err(Debug)`, or implement `Display` for `{Self}`"
)]
pub trait DisplayedError: Display {}

#[diagnostic::do_not_recommend]
impl<E: Display + ?Sized> DisplayedError for E {}

/// An error whose `Debug` text the option `err(Debug)` records.
#[diagnostic::on_unimplemented(
    message = "`err(Debug)` records the `Debug` text of the error, and `{Self}` does not implement `Debug`",
    label = "write `err`, or implement `Debug` for `{Self}`"
)]
pub trait DebuggedError: Debug {}

#[diagnostic::do_not_recommend]
impl<E: Debug + ?Sized> DebuggedError for E {}

/// A return value whose `Debug` text the option `ret` records.
#[diagnostic::on_unimplemented(
    message = "`ret` records the `Debug` text of the return value, and `{Self}` does not implement `Debug`",
    label = "write `ret(Display)`, or implement `Debug` for `{Self}`"
)]
pub trait DebuggedReturn: Debug {}

#[diagnostic::do_not_recommend]
impl<V: Debug + ?Sized> DebuggedReturn for V {}

/// A return value whose `Display` text the option `ret(Display)` records.
#[diagnostic::on_unimplemented(
    message = "`ret(Display)` records the `Display` text of the return value, and `{Self}` does not implement `Display`",
    label = "write `ret`, or implement `Display` for `{Self}`"
)]
pub trait DisplayedReturn: Display {}

#[diagnostic::do_not_recommend]
impl<V: Display + ?Sized> DisplayedReturn for V {}

/// A value that an option such as `model` or `tool` records as a text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "expected `String`, `&str`, `Cow<str>`, `Box<str>`, `Arc<str>`, or an `Option` of one",
    note = "write `%value` for the `Display` text, or `?value` for the `Debug` text"
)]
pub trait OptionText: UsageText {}

#[diagnostic::do_not_recommend]
impl<T: UsageText + ?Sized> OptionText for T {}

/// The number of an attempt, which the option `attempt` records.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the number of an attempt",
    label = "expected an integer that counts the attempts from 1, or an `Option` of one"
)]
pub trait AttemptNumber: TokenCount {}

#[diagnostic::do_not_recommend]
impl<T: TokenCount + ?Sized> AttemptNumber for T {}
