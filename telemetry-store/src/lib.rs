//! The files of a log directory: their names, who uses them, and which go.
//!
//! What the writer and the reader share. Nothing here keeps a state or starts a thread.
//!
//! | module | holds |
//! |---|---|
//! | [`name`] | how files are named, and the inverse: which names are ours |
//! | [`lock`] | who is alive: whether a file is in use, and the lock of a directory |
//! | [`plan`](mod@plan) | which files go: pure |
//! | [`prune`](mod@prune) | what is there, and the removal itself |
//! | [`rollup`] | the sums of session segments, kept before these go |
//! | [`chunk`] | files in line-aligned chunks, read on several threads |
//! | [`fold`](mod@fold) | session records, added up to rollup records: pure |
//! | [`regular`] | reading, and nothing that only stands in a file's place |
//! | [`platform`] | what differs between Unix and the others |
#![forbid(unsafe_code)]

pub mod chunk;
pub mod fold;
pub mod lock;
pub mod name;
pub mod plan;
pub mod platform;
pub mod prune;
pub mod regular;
pub mod rollup;

pub use chunk::{CHUNK_BYTES, Chunk, ChunkReader, chunks, read_chunks, read_in_chunks};
pub use fold::Fold;
pub use lock::{is_in_use, lock_directory};
pub use name::{FileRole, Naming, Segment};
pub use plan::{LogFile, plan};
pub use prune::{Pruned, RetainedLog, list, prune, segments_of};
