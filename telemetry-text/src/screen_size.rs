//! The largest screen that is kept and recorded.

/// The width of the widest screen, in columns. Text beyond it is not kept.
pub const MAX_WIDTH: u16 = 1000;
/// The height of the tallest screen, in rows.
pub const MAX_HEIGHT: u16 = 500;
