//! The option `turn` of `#[telemetry_span]`.

use super::Runtime;
use super::span::SpanModel;
use crate::shape::Shape;
use crate::stream::ReturnedStream;

/// A function whose call is a turn.
pub(crate) struct TurnModel {
    pub(crate) runtime: Runtime,
    pub(crate) shape: Shape,
    /// The returned stream, whose life belongs to the turn.
    pub(crate) stream: Option<ReturnedStream>,
}

impl TurnModel {
    /// Returns the turn of a span; `None` without the option.
    pub(crate) fn of(span: &SpanModel) -> Option<Self> {
        span.turn.then(|| Self {
            runtime: span.runtime.clone(),
            shape: span.shape,
            stream: span.stream,
        })
    }
}
