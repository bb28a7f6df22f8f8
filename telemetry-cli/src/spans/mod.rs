//! `telemetry spans`: reads spans and shows where the time went. `diff` and `export` use the readers, too.
//!
//! | module | responsibility |
//! |---|---|
//! | [`launches`](mod@launches) | groups the files of the debug logs by the process that wrote them |
//! | [`read`] | reads spans on several threads, in the order of the log |
//! | [`self_time`] | computes the self time of spans in bounded memory |
//! | [`totals`], [`top`](mod@top) | totals by span name, and their reading |
//! | [`node`], [`tree`] | trees of spans and events |
//! | [`trees`](mod@trees) | reads the trees of a turn or of a session |
//! | [`show`] | tables and JSON |

pub mod launches;
pub mod node;
pub mod read;
pub mod self_time;
pub mod show;
pub mod top;
pub mod totals;
pub mod tree;
pub mod trees;

pub use launches::{Launch, launches, progress};
pub use top::top;
pub use totals::SpanReport;
pub use trees::{TreeScope, Trees, trees};
