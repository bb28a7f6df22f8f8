//! `telemetry spans`: reads spans and shows the time that each of them took. `diff` and `export` use the readers, too.
//!
//! | module | responsibility |
//! |---|---|
//! | [`launches`](mod@launches) | groups the files of the debug logs by the process that wrote them |
//! | [`read`] | reads spans on several threads, in the order of the log |
//! | [`self_time`] | computes the self time of spans in bounded memory |
//! | [`totals`], [`top`](mod@top) | totals by span name, and their reading |
//! | [`node`], `parents`, [`tree`] | spans and events, their parents, and trees of them |
//! | `node_store`, [`trees`](mod@trees) | reads the trees of a turn or of a session, within a limit of memory |
//! | [`near_names`](mod@near_names) | similar names where none matches |
//! | [`show`], [`totals_table`] | trees and totals as text and as JSON |

pub mod launches;
pub mod near_names;
pub mod node;
mod node_store;
mod parents;
pub mod read;
pub mod self_time;
pub mod show;
pub mod top;
pub mod totals;
pub mod totals_table;
pub mod tree;
pub mod trees;

pub use launches::{Launch, launches, progress};
pub use near_names::near_names;
pub use node_store::MAX_NODE_BYTES;
pub use top::top;
pub use totals::SpanReport;
pub use trees::{TreeScope, Trees, trees};
