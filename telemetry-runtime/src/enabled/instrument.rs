//! Entry points for annotated functions whose future is wrapped: one wrapper for one attribute or for two.
//!
//! The functions of two attributes name the inner scope first. Each one has the bounds that let rustc infer
//! the types of the closures, which the macros write without types.

use super::future::{SpanFuture, SpanUntilStream};
use super::span::SpanEnd;
use super::usage::{RecordReturned, RequestFuture, RequestUntilStream, UsageStream};
use super::wrapper::{Nested, Wrapped};
use crate::usage::UsageSource;

/// Puts a future into a span. `observe` receives the value that the future gives.
///
/// Adds two words to the size of the future.
#[inline]
pub fn instrument_span<F, O>(future: F, span: SpanFuture, observe: O) -> Wrapped<F, SpanFuture, O>
where
    F: Future,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    Wrapped::new(future, span, observe, ())
}

/// Puts a future that gives a stream into a span, which ends with the stream. `watch` makes the value of
/// the wrapper of the span and of the value that the future gives.
pub fn instrument_span_of_stream<F, U, W>(
    future: F,
    span: SpanFuture,
    watch: W,
) -> Wrapped<F, SpanUntilStream, W>
where
    F: Future,
    W: Fn(SpanFuture, F::Output) -> U,
{
    Wrapped::new(future, SpanUntilStream::new(span), watch, ())
}

/// Puts a future into a request, whose record is written when the future finishes or is dropped.
///
/// Adds three words to the size of the future.
pub fn instrument_usage<F>(
    future: F,
    request: RequestFuture,
) -> Wrapped<F, RequestFuture, (), RecordReturned<F::Output>>
where
    F: Future<Output: UsageSource>,
{
    Wrapped::new(future, request, (), RecordReturned::new())
}

/// Puts a future that gives a stream into a request, which ends with the stream. `watch`
/// makes the value of the wrapper of the request and of the value that the future gives.
pub fn instrument_stream<F, U, W>(
    future: F,
    request: RequestFuture,
    watch: W,
) -> Wrapped<F, RequestUntilStream, (), W>
where
    F: Future,
    W: Fn(UsageStream, F::Output) -> U,
{
    Wrapped::new(future, RequestUntilStream::new(request), (), watch)
}

/// Puts a future into a span, and the span into a request.
pub fn instrument_span_in_usage<F, O>(
    future: F,
    span: SpanFuture,
    request: RequestFuture,
    observe: O,
) -> Wrapped<F, Nested<SpanFuture, RequestFuture>, O, RecordReturned<F::Output>>
where
    F: Future<Output: UsageSource>,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    let scope = Nested::new(span, request);
    Wrapped::new(future, scope, observe, RecordReturned::new())
}

/// Puts a future into a request, and the request into a span.
pub fn instrument_usage_in_span<F, O>(
    future: F,
    request: RequestFuture,
    span: SpanFuture,
    observe: O,
) -> Wrapped<F, Nested<RequestFuture, SpanFuture>, O, RecordReturned<F::Output>>
where
    F: Future<Output: UsageSource>,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    let scope = Nested::new(request, span);
    Wrapped::new(future, scope, observe, RecordReturned::new())
}

/// Puts a future that gives a stream into a span, and the span into a request.
pub fn instrument_span_in_stream<F, O, U, W>(
    future: F,
    span: SpanFuture,
    request: RequestFuture,
    observe: O,
    watch: W,
) -> Wrapped<F, Nested<SpanFuture, RequestUntilStream>, O, W>
where
    F: Future,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
    W: Fn(UsageStream, F::Output) -> U,
{
    let scope = Nested::new(span, RequestUntilStream::new(request));
    Wrapped::new(future, scope, observe, watch)
}

/// Puts a future that gives a stream into a request, and the request into a span.
pub fn instrument_stream_in_span<F, O, U, W>(
    future: F,
    request: RequestFuture,
    span: SpanFuture,
    watch: W,
    observe: O,
) -> Wrapped<F, Nested<RequestUntilStream, SpanFuture>, O, W>
where
    F: Future,
    O: Fn(&mut SpanEnd<'_>, &U),
    W: Fn(UsageStream, F::Output) -> U,
{
    let scope = Nested::new(RequestUntilStream::new(request), span);
    Wrapped::new(future, scope, observe, watch)
}
