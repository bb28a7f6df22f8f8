//! The log directory: how files are named, locked, rotated, pruned and folded, for the runtime that writes them and for
//! the reader `telemetry`.
//!
//! # Design
//!
//! **Naming.** A debug log has a new file at each launch, `20261122T185400Z-4242.jsonl`: the time of the launch and the
//! process id. The other logs are shared by all processes: `codex-tui.log`. A file that is full is closed: a debug log
//! continues in `20261122T185400Z-4242.1.jsonl`, a shared log is renamed to `codex-tui.20261122T185400Z-4242.log`.
//! [`Naming`] makes these names and parses them; a file with any other name is neither read nor changed.
//!
//! **Directories.** Files are listed, opened, renamed and removed through an open [`Directory`], so that replacing a parent
//! directory does not redirect an operation.
//!
//! **Rotation.** The runtime rotates a file that reaches its segment, an eighth of the budget. A process never uses the name
//! of a closed segment again, even after the file was removed, because the rollup names segments by their file names.
//!
//! **Locks.** A file is in use while a running process has it open to write: each writer holds a shared advisory lock, which
//! the kernel releases when the process ends ([`is_in_use`]). A process that removes a file first takes the exclusive lock
//! ([`platform::claim`]). Rotation and removal of shared files happen under the lock of the directory
//! ([`lock_directory`]).
//!
//! **Retention.** [`prune`](prune()) removes the oldest files that are not in use until the rest fits the budget. The
//! function [`plan`](plan()) decides which files these are; it is pure and under property tests. A file with the name of a log is
//! removed only if it also begins like one, is a regular file, and is not reached through a symlink.
//!
//! **History.** Before session segments are removed, their totals per day, session and model are folded into
//! [`rollup::ROLLUP_FILE`]: the sums are appended, and then a record that names the segments. The sums count only if that
//! record is complete, so that a process that is killed in between, or before the removal, loses nothing and no reader counts
//! a request twice. The rollup takes a quarter of the budget at most. When it comes near to that, or names sessions of more
//! than 90 days ago, it is compacted: sums are added up, and the oldest ones lose their sessions and keep days and models.
//!
//! **Durability.** The rollup is synced before the segments of a fold are removed, unless a thread of the host needs their room
//! at once. A compacted rollup is written to a temporary file, synced, and renamed; then the directory is synced. Other files
//! are not synced.
//!
//! **Failures.** A file that cannot be removed, or whose totals cannot be folded, stays and is reported in [`Pruned`];
//! other files are removed in its place. If no other file can be removed, the oldest segments are removed without their totals, and
//! their requests are counted. A directory that does not exist has no files. Errors are those of the operating system.
//!
//! # Modules
//!
//! | module | content |
//! |---|---|
//! | [`name`] | names of log files, and parsing them |
//! | [`calendar`] | days as numbers |
//! | [`compaction`] | rewriting the rollup |
//! | [`compressed`] | compressed segments of the debug log; their text needs the feature `zstd` |
//! | `compression` | compressing segments (feature `zstd`) |
//! | [`daily_note`] | what the processes of a directory do once a day together |
//! | [`directory`] | an open directory, whose files are opened, renamed and removed by name |
//! | [`file_key`] | keys by which a reader recognizes a file after rotation |
//! | [`lock`] | files in use, the lock of a directory |
//! | [`ownership`] | whether a file that exists is a log of telemetry |
//! | `hashing` | hash maps that need no random bytes of the operating system |
//! | [`held`] | open files whose descriptors are checked before use |
//! | [`listing`](mod@listing) | the files of log directories |
//! | [`plan`](mod@plan) | which files are removed: pure |
//! | [`prune`](mod@prune) | removal of the oldest files |
//! | [`purge`](mod@purge) | removing the records of a session, or of the time before a day |
//! | `removal` | removing one file |
//! | [`folding`](mod@folding) | folding session segments before their removal |
//! | [`part`](mod@part) | parts of long segments |
//! | [`fold`](mod@fold) | session records added up to rollup records: pure |
//! | [`rollup`] | the rollup file |
//! | [`chunk`] | files read in line-aligned chunks on several threads |
//! | [`regular`] | reading regular files only |
//! | [`sparse`] | reading sparse files without their holes |
//! | `pause` | a pause that signals cannot make longer |
//! | [`platform`] | the functions that differ between Unix and Windows |
//!
//! The crate has no state and starts no thread that outlives a call.
#![forbid(unsafe_code)]

pub mod calendar;
pub mod chunk;
pub mod compaction;
pub mod compressed;
#[cfg(feature = "zstd")]
pub mod compression;
pub mod daily_note;
pub mod directory;
pub mod file_key;
pub mod fold;
pub mod folding;
mod hashing;
pub mod held;
pub mod listing;
pub mod lock;
pub mod name;
pub mod ownership;
pub mod part;
mod pause;
pub mod plan;
pub mod platform;
pub mod prune;
pub mod purge;
pub mod regular;
mod removal;
pub mod rollup;
pub mod sparse;

pub use chunk::{
    CHUNK_BYTES, Chunk, ChunkReader, chunks, chunks_until, read_chunks, read_in_chunks,
};
pub use directory::{Created, Directory, real_path};
pub use file_key::FileKey;
pub use fold::Fold;
pub use folding::{Folder, Folding, fold as fold_segments};
pub use held::HeldFile;
pub use listing::{Listing, RetainedLog, list, listing, mark_headers};
pub use lock::{DirectoryLock, is_in_use, lock_directory};
pub use name::{FileRole, Naming, Segment};
pub use ownership::is_telemetry_log;
pub use part::{PART_WAIT, keep_uncut};
pub use pause::pause;
pub use plan::{LogFile, counted, plan};
pub use prune::{Pruned, Pruner, prune};
pub use purge::{Purge, Purged, PurgedFile, purge};
pub use removal::segments_of;
pub use sparse::SparseReader;
