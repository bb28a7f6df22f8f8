//! The words that all telemetry crates share.
//!
//! | module | holds | used by |
//! |---|---|---|
//! | [`name`] | the grammar of span, event and field names | macros (compile time), runtime (filters) |
//! | [`secret`] | which field names and which values are secrets | macros, runtime |
//! | [`level`] | the names of the five levels | macros, runtime |
//! | [`nearest`] | the suggestion in "unknown option" and "unknown key" | macros, runtime |
//! | [`gen_ai`] | OpenTelemetry's names for generative AI | readers |
//! | `record` (feature `records`) | one type per record of the debug and session logs | runtime, readers |
//! | `pricing` (feature `records`) | what tokens cost at exact prices: the user's, or LiteLLM's map | runtime, readers |
#![forbid(unsafe_code)]

#[cfg(feature = "records")]
mod decimal;
pub mod gen_ai;
pub mod level;
mod log;
pub mod name;
pub mod nearest;
#[cfg(feature = "records")]
mod outcome;
#[cfg(feature = "records")]
pub mod pricing;
#[cfg(feature = "records")]
pub mod record;
pub mod secret;

pub use log::LogKind;
#[cfg(feature = "records")]
pub use outcome::Outcome;
