//! The recordings of the log `tui_stream`: the screens of the interface of a host.
//!
//! | module | responsibility |
//! |---|---|
//! | [`screen`] | the screen after some frames, with text that is safe on a terminal |
//! | [`index`] | the frames of a session, in the order of time |

pub mod index;
pub mod screen;

pub use index::Recording;
pub use screen::ShownScreen;
