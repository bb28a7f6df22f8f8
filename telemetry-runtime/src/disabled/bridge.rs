//! The layer for `tracing`, without an effect.

use tracing_core::Subscriber;
use tracing_subscriber::layer::Layer;

#[cfg_attr(doc, telemetry_macros::documentation_of(TelemetryLayer))]
#[derive(Debug)]
pub struct TelemetryLayer(());

#[cfg_attr(doc, telemetry_macros::documentation_of(layer))]
#[must_use = "the layer records when it is added to a subscriber"]
#[inline]
pub fn layer() -> TelemetryLayer {
    TelemetryLayer(())
}

impl<S: Subscriber> Layer<S> for TelemetryLayer {}
