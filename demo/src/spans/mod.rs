//! The spans and events that this process wrote, read back from its debug log.

mod follow;
mod line;
mod tree;

pub(crate) use follow::FollowedSpans;
pub(crate) use tree::{TreeRow, forest, last_turn};
