//! `telemetry spans`: shows where the time went.
//!
//! | module | responsibility |
//! |---|---|
//! | [`launches`](mod@launches) | groups the files of the debug logs by the process that wrote them |
//! | [`filter`] | selects spans |
//! | [`read`] | reads spans on several threads, in the order of the log |
//! | [`covered`] | computes the self time of spans in bounded memory |
//! | [`top`](mod@top) | totals by name |
//! | [`node`], [`tree`] | trees of spans and events |
//! | [`trees`](mod@trees) | reads the trees of a turn or of a session |
//! | [`show`] | tables and JSON |

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
