//! Text for people, as the runtime's `/status` and the reader `telemetry` print it.
//!
//! | module | functions and types | result |
//! |---|---|---|
//! | `number` | [`grouped`], [`counted`], [`compact`], [`bytes`] | `1,234,567`, `3 requests`, `1.23M`, `1.4 KiB` |
//! | `money` | [`dollars`], [`cost`] | `$0.0161`, `<$0.0001`, `$1.20+` |
//! | `duration` | [`duration`] | `184 µs`, `2.21 s`, `2m 05s` |
//! | `width` | [`columns`], [`cut`], [`pad_left`], [`pad_right`] | terminal columns of a text |
//! | `table` | [`Table`], [`Column`], [`Cell`] | aligned columns that fit a width |
//! | `untrusted` | [`visible`], [`is_hidden`] | text from elsewhere without control characters |
//! | `json` | [`escaped_json`], [`EscapedJson`] | JSON without control characters |
//!
//! Design:
//!
//! * A log is data from elsewhere: model names, error texts and file names may hold escape sequences or
//!   characters that reverse the direction of writing. Such text passes through [`visible`] before it
//!   reaches a terminal or a table; [`Cell`] does so for every text that it is given.
//! * Numbers are integers; nothing is rounded twice. Money is an integer of nano-dollars.
//! * Widths are terminal columns as `unicode-width` counts them. Text is cut between grapheme clusters.
//! * The crate has no colours, no terminal and no I/O of its own.
#![forbid(unsafe_code)]

mod duration;
mod json;
mod money;
mod number;
mod table;
mod untrusted;
mod width;

pub use duration::duration;
pub use json::{EscapedJson, escaped_json};
pub use money::{cost, dollars};
pub use number::{bytes, compact, counted, grouped};
pub use table::{Cell, Column, Layout, Table};
pub use untrusted::{is_hidden, visible};
pub use width::{columns, cut, pad_left, pad_right};
