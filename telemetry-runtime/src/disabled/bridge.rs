//! The layer for `tracing`, without an effect.

use tracing_core::Subscriber;
use tracing_subscriber::layer::Layer;

#[doc = see_enabled!()]
#[derive(Debug)]
pub struct TelemetryLayer(());

#[doc = see_enabled!()]
#[must_use = "the layer records when it is added to a subscriber"]
#[inline]
pub fn layer() -> TelemetryLayer {
    TelemetryLayer(())
}

impl<S: Subscriber> Layer<S> for TelemetryLayer {}
