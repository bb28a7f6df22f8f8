//! A file whose name has the form of a key.

use telemetry_runtime::telemetry_span;

#[telemetry_span("keys.source")]
pub(crate) fn called() {}
