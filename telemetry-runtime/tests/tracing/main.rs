//! Spans and events of `tracing`, and records of `log`, in the logs of telemetry.

mod fields;
mod hostile;
mod lines;
mod parents;
mod run;
mod stacks;
