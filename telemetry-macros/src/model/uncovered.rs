//! Options of a span that would not cover the work of its function, which is done in the polls of the returned future or stream.

use proc_macro2::Span;
use syn::Type;

use crate::arguments::span::SpanArguments;
use crate::ctxt::Ctxt;
use crate::function::Function;
use crate::polled::{Polled, polled};
use crate::returns::{Returns, inside};
use crate::shape::{Shape, is_async_trait};
use crate::stream::{self, ReturnedStream};

/// An option that records the work of the function.
struct OfWork {
    at: Span,
    option: &'static str,
    reason: &'static str,
}

/// The place of the work that the span does not cover.
enum Uncovered {
    /// In the polls of a future, which the option `future` covers.
    Future,
    /// In the polls of a future and of the stream that it gives.
    FutureOfStream,
    /// In the polls of a stream, which the option `stream` covers.
    Stream,
    /// In the polls of a value that cannot be wrapped.
    InAnotherForm(Polled),
    /// In the polls of a future that is the value of a covered future.
    FurtherFuture,
}

/// Checks the options of a span without `stream`, and returns whether the work is outside of the span. All options that lack `future`
/// or `stream` have one error.
pub(super) fn check(arguments: &SpanArguments, function: &Function, ctxt: &mut Ctxt) -> bool {
    let future = arguments.future.is_some();
    let Some(uncovered) = Uncovered::of(function, future) else {
        return false;
    };
    let name = &function.signature.ident;
    let mut options = Vec::new();
    let mut add = |at: Option<Span>, option, reason| {
        options.extend(at.map(|at| OfWork { at, option, reason }));
    };
    add(
        arguments.turn,
        "turn",
        "`turn` counts the work of the function as a turn",
    );
    let operation = arguments.operation.as_ref().map(|operation| operation.at);
    add(
        operation,
        "operation",
        "`operation` records the work of a tool or an agent",
    );
    if let Some((at, _)) = arguments.err
        && !may_fail(function, &uncovered)
    {
        if uncovered.gives_no_result(function) {
            ctxt.error(
                at,
                format_args!(
                    "`err` records the text of an error, and the items of the stream that `{name}` returns are no \
                     `Result`s: remove `err`"
                ),
            );
        } else {
            add(Some(at), "err", "`err` records the text of an error");
        }
    }
    if let Some((at, _)) = arguments.ret {
        if uncovered.is_stream() {
            ctxt.error(at, RET_OF_A_STREAM);
        } else {
            add(Some(at), "ret", "`ret` records the return value");
        }
    }
    let Some(first) = options.first() else {
        return true;
    };
    let names: Vec<String> = options
        .iter()
        .map(|option| format!("`{}`", option.option))
        .collect();
    ctxt.error(
        first.at,
        format_args!(
            "{}, and {}, or remove {}",
            first.reason,
            uncovered.advice(function, future),
            names.join(" and ")
        ),
    );
    true
}

/// The error for the option `ret` on a function that returns a stream.
pub(super) const RET_OF_A_STREAM: &str =
    "`ret` records the return value, and a stream has no value that can be recorded: remove `ret`";

/// Returns whether the call, or the covered future, returns a `Result`, whose error `err` records.
fn may_fail(function: &Function, uncovered: &Uncovered) -> bool {
    if matches!(uncovered, Uncovered::Future | Uncovered::FutureOfStream) {
        return false;
    }
    let value = stream::returned_type(function).map(inside);
    matches!(value, Some(Type::Path(path)) if path.path.segments.last()
        .is_some_and(|last| last.ident.to_string().ends_with("Result")))
}

impl Uncovered {
    /// Returns the place of the work of a function whose span has no option `stream`; `None` if the span covers it.
    fn of(function: &Function, future: bool) -> Option<Self> {
        let returns_future = matches!(stream::shape(function), Shape::Returned(_));
        let is_async =
            function.signature.asyncness.is_some() || is_async_trait(&function.signature);
        let value = stream::returned_type(function);
        let stream = value.and_then(ReturnedStream::of);
        if returns_future && !future && !is_async {
            return Some(match stream {
                Some(_) => Self::FutureOfStream,
                None => Self::Future,
            });
        }
        if stream.is_some() {
            return Some(Self::Stream);
        }
        match polled(value?)? {
            Polled::Future if returns_future || is_async => Some(Self::FurtherFuture),
            form => Some(Self::InAnotherForm(form)),
        }
    }

    fn is_stream(&self) -> bool {
        matches!(
            self,
            Self::Stream | Self::FutureOfStream | Self::InAnotherForm(Polled::Stream)
        )
    }

    /// Returns whether the work is that of a stream whose items are surely no `Result`s.
    fn gives_no_result(&self, function: &Function) -> bool {
        self.is_stream()
            && stream::returned_type(function)
                .and_then(stream::written_item)
                .is_some_and(|item| !matches!(Returns::of_type(item), Returns::PerhapsResult(_)))
    }

    /// Returns where the work is done, and what to write so that the span covers it.
    fn advice(&self, function: &Function, future: bool) -> String {
        let name = &function.signature.ident;
        match self {
            Self::Future => format!(
                "the call of `{name}` returns a future: add `future`, and the span covers the polls"
            ),
            Self::FutureOfStream => format!(
                "the call of `{name}` returns a future that gives a stream: add `stream`, and the span covers the polls and \
                 the life of the stream"
            ),
            Self::Stream => {
                let write = if future {
                    "write `stream` for `future`"
                } else {
                    "add `stream`"
                };
                format!(
                    "`{name}` returns a stream: {write}, and the span covers the life of the stream"
                )
            }
            Self::InAnotherForm(Polled::Future) => {
                format!(
                    "{}, and add `future`",
                    stream::future_in_another_form(function)
                )
            }
            Self::InAnotherForm(Polled::Stream) => {
                format!("{}, and add `stream`", stream::in_another_form(function))
            }
            Self::FurtherFuture => format!(
                "the value of `{name}` is a further future, whose polls come after the span: await it in `{name}`"
            ),
        }
    }
}
