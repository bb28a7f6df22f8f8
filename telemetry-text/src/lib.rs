//! Text for people, as the runtime's `/status` and the reader `telemetry` print it.
//!
//! | module | functions and types | result |
//! |---|---|---|
//! | `number` | [`grouped`], [`counted`], [`compact`], [`bytes`] | `1,234,567`, `3 requests`, `1.23M`, `1.4 KiB` |
//! | `money` | [`dollars`], [`cost`] | `$0.0161`, `<$0.0001`, `$1.20+` |
//! | `duration` | [`duration`], [`milliseconds`] | `184 µs`, `2.21 s`, `2m 05s` |
//! | `width` | [`columns`], [`cut`], [`pad_left`], [`pad_right`] | terminal columns of a text |
//! | `table` | [`Table`], [`Column`], [`Cell`] | aligned columns that fit a width |
//! | `untrusted` | [`visible`], [`is_hidden`] | untrusted text without control characters |
//! | `cell_style` | [`CellStyle`], [`CellColor`] | the style of a cell of a terminal |
//! | `screen` (feature) | `Screen` | the screen of a terminal after bytes and cells |
//! | `screen_size` | [`MAX_WIDTH`], [`MAX_HEIGHT`] | the largest screen that is kept |
//! | `json` | [`escaped_json`], [`EscapedJson`] | JSON without control characters |
//!
//! Design:
//!
//! * A log is untrusted data: model names, error texts and file names may hold escape sequences or
//!   characters that reverse the direction of writing. Such text passes through [`visible`] before it
//!   reaches a terminal or a table; [`Cell`] does so for every text that it is given.
//! * Numbers are integers; nothing is rounded twice. Money is an integer of nano-dollars.
//! * Widths are terminal columns as `unicode-width` counts them. Text is cut between grapheme clusters.
//! * The crate has no terminal and no I/O of its own.
#![forbid(unsafe_code)]

mod cell_style;
mod duration;
mod json;
mod money;
mod number;
#[cfg(feature = "screen")]
mod screen;
mod screen_size;
mod table;
mod untrusted;
mod width;

pub use cell_style::{CellColor, CellStyle};
pub use duration::{duration, milliseconds};
pub use json::{EscapedJson, escaped_json};
pub use money::{cost, dollars};
pub use number::{bytes, compact, counted, grouped};
#[cfg(feature = "screen")]
pub use screen::{Screen, ScreenCell};
pub use screen_size::{MAX_HEIGHT, MAX_WIDTH};
pub use table::{Cell, Column, Layout, Table};
pub use untrusted::{is_hidden, visible};
pub use width::{columns, cut, pad_left, pad_right};
