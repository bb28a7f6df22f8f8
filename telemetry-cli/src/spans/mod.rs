//! `telemetry spans`: where the time went.
//!
//! | module | job |
//! |---|---|
//! | [`launches`](mod@launches) | the files of the debug logs, by the process that wrote them |
//! | [`filter`] | which spans are meant |
//! | [`read`] | the spans of files, on all processors, in the order of the log |
//! | [`covered`] | how much of a span its children cover, in bounded memory |
//! | [`top`](mod@top) | totals by name |
//! | [`node`], [`tree`] | spans and events under their parents, whatever is missing |
//! | [`trees`](mod@trees) | the trees of a turn, or of a session, out of the logs |
//! | [`show`] | both, for people and for programs |

pub mod covered;
pub mod filter;
pub mod launches;
pub mod node;
pub mod read;
pub mod show;
pub mod top;
pub mod tree;
pub mod trees;

pub use filter::Filter;
pub use launches::{Launch, launches};
pub use top::{Top, top};
pub use trees::{Scope, Trees, trees};
