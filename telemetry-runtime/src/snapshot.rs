//! The totals of a session for `/status`: plain data, their text and their widget. Both builds share this module;
//! the `status` module of each build makes the lines of the text.

pub(crate) mod data;
mod display;
pub(crate) mod line;
#[cfg(all(test, feature = "enabled"))]
mod tests;
#[cfg(feature = "ratatui")]
mod widget;
#[cfg(all(test, feature = "enabled", feature = "ratatui"))]
mod widget_tests;

pub use data::{ContextUsage, ModelUsage, NotRunning, SessionSnapshot};
#[cfg(feature = "ratatui")]
pub use widget::SessionStatus;

pub use crate::implementation::Totals;
