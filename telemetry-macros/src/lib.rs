//! The attributes of `telemetry-runtime`, which re-exports them: depend on that crate.
//!
//! The way of an attribute through this crate is straight:
//!
//! | step | module | knows |
//! |---|---|---|
//! | walk | `attribute` | the order of the steps, and what is left of the item where one fails |
//! | read | `arguments`, `function` | what was written; the body stays tokens |
//! | check | `model`, with `shape` and `returns` | arguments and function against each other |
//! | expand | `expand` | a model that is right: it cannot fail |
//!
//! Every mistake goes into one `Ctxt` and all of them are reported in one build, the same ones with
//! and without the feature `enabled`.

mod arguments;
mod attribute;
mod ctxt;
mod derive;
mod expand;
mod function;
mod instrumented;
mod model;
mod returns;
mod shape;
mod stream;

use proc_macro::TokenStream;

use crate::ctxt::Ctxt;

/// Whether annotations do anything. The arguments are checked in any case.
const ENABLED: bool = cfg!(feature = "enabled");

/// Makes a function a span: one record with its duration, its outcome and chosen fields.
///
/// ```
/// use telemetry_runtime::telemetry_span;
///
/// #[telemetry_span("model_selection.open", fields(source, count = presets.len()))]
/// fn open_model_popup(source: &str, presets: &[String]) {
///     println!("{} presets of {source}", presets.len());
/// }
/// # open_model_popup("litellm", &[]);
/// ```
///
/// # Arguments
///
/// The name is first, a string literal: segments of `[a-z][a-z0-9_]*` with dots between them. Its
/// first segments are the family that filters match. Then, in any order:
///
/// | option | meaning |
/// |---|---|
/// | `fields(F, …)` | recorded at entry; `F` is `ident`, `%ident` (`Display`), `?ident` (`Debug`), `key = expr`, `key = %expr`, `key = ?expr`; keys may be dotted |
/// | `content(F, …)` | like `fields`, for what a person or a model wrote: the text is stored only where `log_content = true`, else its length |
/// | `err`, `err(Debug)` | store the error's text as well |
/// | `ret`, `ret(Display)` | store the returned value |
/// | `level = "debug"` | `error`, `warn`, `info` (default), `debug`, `trace` |
/// | `root` | starts a new tree |
/// | `future` | the function is not `async` and returns a future: the span covers its polls |
/// | `crate = path` | where `telemetry_runtime` is, for crates that re-export it |
///
/// Arguments of the function are never recorded unless named. A field whose name says secret
/// (`api_key`, `token`, `password`, …) does not compile unless its value is `redacted(expr)`, which
/// stores `"[redacted]"` and does not evaluate `expr`. Expressions are evaluated once, at entry (of
/// an `async fn`: at the first poll), and only while the span is switched on.
///
/// # Outcome
///
/// `ok`; `err` where an `Err` is returned, also behind a type alias; `panic`; `cancelled` for a
/// future that was dropped before it finished. The error needs no trait unless `err` asks for its
/// text. A generic return type `T` is `ok` whatever it stands for.
///
/// # What stays as it was
///
/// The signature, the attributes and the lints of the function, its borrows, and the order in which
/// it drops things; `Location::caller()` under `#[track_caller]`; whether its future is `Send`.
/// With `#[async_trait]`, `#[tokio::main]`, `#[tokio::test]` and `#[tracing::instrument]` it goes in
/// either order. The limits:
///
/// * A `#[track_caller]` function that returns a `Result` has each of its `return`s and `?`s
///   observed; one that a macro such as `bail!` hides is recorded as `ok`.
/// * An `async fn` is expanded to the function that rustc makes of it, one that returns its future, and
///   that is how rustdoc shows it. Its future grows by 16 bytes, by 24 where there are fields, whatever
///   its arguments are. Two lints ask for the word `async` and find none: rustc's
///   `async_fn_in_trait`, for a default method, and Clippy's `unused_async`.
/// * rustc goes down four steps of its recursion limit instead of three for each function to find out
///   whether a future is `Send`, as `tokio::spawn` asks it to. At the default limit, 128, it knows a chain of
///   30 annotated functions, each awaiting the next, above a bare one that awaits a `Ready` (of bare ones, 40);
///   of 32, where the innermost awaits nothing. With `#[session_usage]` on the same function it is the same;
///   a third attribute of this crate is one more step. Where nobody asks, a chain has 128 functions.
/// * It stays an `async fn`, and its body becomes a future inside of its own, where it returns `!`, is
///   `extern`, or has an attribute below this one that could ask whether it is `async`: `#[must_use]`,
///   `#[track_caller]` and every attribute macro of others. Then the arguments are held twice, and a chain
///   is known to be `Send` down to 20 functions.
/// * A destructured parameter of a function that may return a `Result` is dropped behind the others where
///   `fields` names what it binds, or an attribute macro of others is below this one.
/// * Clippy's `unnecessary_wraps` and `needless_pass_by_value`, which compare a signature with what the
///   body does, may say nothing; they speak where telemetry is compiled out.
///
/// # Expansion
///
/// Without the feature `enabled` of `telemetry-runtime`, the function comes out as it went in, token
/// for token: a parameter that only `fields` names is unused then, and rustc says so. With it, this
///
/// ```
/// # use telemetry_runtime::telemetry_span;
/// #[telemetry_span("status.draw")]
/// fn draw(height: u16) -> u16 {
///     height + 1
/// }
/// # assert_eq!(draw(1), 2);
/// ```
///
/// becomes this, where no name of the expansion can be seen from the body or from an argument:
///
/// ```
/// fn draw(height: u16) -> u16 {
///     ::telemetry_runtime::__private::in_span(
///         {
///             static CALLSITE: ::telemetry_runtime::__private::Callsite =
///                 ::telemetry_runtime::__private::Callsite::span(
///                     "status.draw",
///                     ::telemetry_runtime::__private::Level::Info,
///                     concat!(file!(), ":", line!()),
///                 );
///             &CALLSITE
///         },
///         move || -> u16 { height + 1 },
///     )
/// }
/// # assert_eq!(draw(1), 2);
/// ```
///
/// Switched off, that is a load, a branch and the body. Of a function whose type may be a `Result` the
/// returned value is looked at, and fields are recorded behind the switch:
///
/// ```
/// # use telemetry_runtime::telemetry_span;
/// #[telemetry_span("model.parse", fields(count = text.len()), err)]
/// fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
///     Ok(text.parse::<u8>()? + 1)
/// }
/// # assert_eq!(parse("1"), Ok(2));
/// ```
///
/// ```
/// # macro_rules! call_site { () => {{
/// #     static CALLSITE: Callsite = Callsite::span("model.parse", Level::Info, "src/lib.rs:1");
/// #     &CALLSITE
/// # }} }
/// # use telemetry_runtime::__private::{Callsite, Level};
/// use telemetry_runtime::__private::{
///     in_span_with_fields, Probe, ProbeFallback as _, SpanEnd, SpanEntry, Fields,
/// };
///
/// fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
///     in_span_with_fields(
///         call_site!(), // a static, as above
///         move |entry| -> Result<u8, std::num::ParseIntError> {
///             if let Some(mut fields) = SpanEntry::begin(&entry) {
///                 Fields::value(&mut fields, "count", &text.len());
///                 SpanEntry::enter(entry, fields);
///             }
///             Ok(text.parse::<u8>()? + 1)
///         },
///         |end, returned| {
///             SpanEnd::outcome(end, Probe(returned).outcome());
///             if let Err(error) = returned {
///                 SpanEnd::error_display(end, error)
///             }
///         },
///     )
/// }
/// # assert_eq!(parse("1"), Ok(2));
/// ```
///
/// The body is such a closure where it is small, at most 64 tokens, since it is compiled for both cases,
/// ends in a value, and where all parameters are references, numbers and the like; what a function owns
/// stays in it, to be dropped when and in the order that it was, and so does the guard of the span then:
///
/// ```
/// # use telemetry_runtime::telemetry_span;
/// #[telemetry_span("history.add")]
/// fn add(line: String) {
///     println!("{line}");
/// }
/// # add(String::new());
/// ```
///
/// ```
/// # macro_rules! call_site { () => {{
/// #     static CALLSITE: Callsite = Callsite::span("history.add", Level::Info, "src/lib.rs:1");
/// #     &CALLSITE
/// # }} }
/// # use telemetry_runtime::__private::{Callsite, Level};
/// use telemetry_runtime::__private::SpanGuard;
///
/// fn add(line: String) {
///     let _guard = SpanGuard::enter(call_site!());
///     println!("{line}");
/// }
/// # add(String::new());
/// ```
///
/// An `async fn` returns its body as a future that carries the span. Arguments are moved into it as
/// rustc does it itself, so that they are dropped in the same order; fields are recorded at the first poll;
/// the `if false` makes rustc report a wrong type where it is:
///
/// ```
/// # use telemetry_runtime::telemetry_span;
/// #[telemetry_span("model.request", fields(size = prompt.len()))]
/// async fn ask(prompt: String) -> Result<usize, String> {
///     Ok(prompt.len())
/// }
/// # drop(ask(String::new()));
/// ```
///
/// ```
/// # macro_rules! call_site { () => {{
/// #     static CALLSITE: Callsite = Callsite::span("model.request", Level::Info, "src/lib.rs:1");
/// #     &CALLSITE
/// # }} }
/// # use telemetry_runtime::__private::Level;
/// use telemetry_runtime::__private::{
///     instrument_async, Callsite, Probe, ProbeFallback as _, SpanEnd, Fields, SpanFuture,
/// };
///
/// fn ask(prompt: String) -> impl Future<Output = Result<usize, String>> {
///     let callsite = call_site!();
///     instrument_async(
///         SpanFuture::in_body(callsite), // `at_first_poll` where there are no fields
///         async move {
///             #[allow(unreachable_code)]
///             if false {
///                 let returned: Result<usize, String> = loop {};
///                 return returned;
///             }
///             let prompt = prompt;
///             '_entry: {
///                 if Callsite::is_enabled(callsite) {
///                     let mut fields = Fields::begin(callsite);
///                     Fields::value(&mut fields, "size", &prompt.len());
///                     Fields::enter_in_poll(fields);
///                 }
///             }
///             Ok(prompt.len())
///         },
///         |end, returned| SpanEnd::outcome(end, Probe(returned).outcome()),
///     )
/// }
/// # drop(ask(String::new()));
/// ```
#[proc_macro_attribute]
pub fn telemetry_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::walk(
        "#[telemetry_span]",
        arguments.into(),
        item.into(),
        &["err", "future"],
        model::span::check,
        expand::span::expand,
    )
    .into()
}

/// Records the tokens that a model's answer says it used, for the current session.
///
/// ```
/// use telemetry_runtime::{session_usage, Usage, UsageSource};
///
/// #[derive(UsageSource)]
/// struct Answer {
///     #[usage(request_id)]
///     id: String,
///     #[usage]
///     usage: Option<Usage>,
/// }
///
/// struct Client {
///     model: String,
/// }
///
/// impl Client {
///     #[session_usage(model = self.model, attempt = attempt)]
///     fn ask(&self, attempt: u32) -> Result<Answer, String> {
///         Ok(Answer { id: format!("{}-{attempt}", self.model), usage: None })
///     }
///
///     #[session_usage(usage = usage, model = self.model)]
///     fn on_token_count(&mut self, usage: &Usage) {
///         println!("{usage:?}");
///     }
/// }
/// # let mut client = Client { model: String::new() };
/// # assert_eq!(client.ask(1).unwrap().id, "-1");
/// # client.on_token_count(&Usage::default());
/// ```
///
/// The usage is read from the returned value: of any type that implements `UsageSource`, or
/// `Result`, `Option`, `Poll`, `Box`, `Arc` or `Vec` around one, or a tuple whose first member is
/// one, also where a future of it is returned. A value that carries no usage records nothing.
///
/// | option | meaning |
/// |---|---|
/// | `usage = expr` | take it from an expression, evaluated at entry (of an `async fn`: at the first poll) |
/// | `stream` | take it from the items of the stream that the function returns |
/// | `model`, `effort`, `request_id`, `retry_cause` `= expr` | texts that the value does not know itself; `%expr` by `Display`, `?expr` by `Debug` |
/// | `attempt = expr` | which attempt this is, from 1 |
/// | `session = expr` | the session, if it is not the current one |
/// | `crate = path` | where `telemetry_runtime` is, for crates that re-export it |
///
/// The function is expanded as one of [`macro@telemetry_span`] is; the two go on one function in
/// either order. The future of an `async fn` grows by 24 bytes, by 40 to 48 under both.
///
/// # Streams
///
/// With `stream` the function, `async` or not, returns `impl Stream`, `BoxStream` or
/// `Pin<Box<dyn Stream>>` of items that are `UsageSource`s, or a `Result` of one. The one record of
/// the request is written when the stream ends or is dropped:
///
/// | the stream | outcome | usage |
/// |---|---|---|
/// | ended | `ok` | that of the last item that has one; none, where no item has |
/// | had an item that is an `Err` or says that it failed | `err` | the same |
/// | was dropped after an item with a usage | `ok`: many consumers leave once they have what ends an answer | the same |
/// | was dropped before | `cancelled` | what its items said so far (`UsageSource::partial`) |
/// | panicked in a poll | `panic` | the same |
/// | was never polled, of a function that is not `async` | no record: nothing was asked | |
///
/// The time to its first item is the time to the first token, and the request's scope is entered at
/// each poll, so that hooks inside know the request. A `Box` goes around a boxed stream only while
/// usage is recorded; where telemetry is compiled out, or off, the stream is handed out as it is.
///
/// ```
/// use futures_util::stream::{self, BoxStream};
/// use telemetry_runtime::{session_usage, UsageSource};
///
/// #[derive(UsageSource)]
/// enum Event {
///     Text(String),
///     Completed {
///         #[usage(prompt_tokens)]
///         input: u64,
///     },
/// }
///
/// #[session_usage(stream, model = model)]
/// async fn events(model: &str) -> Result<BoxStream<'static, Result<Event, String>>, String> {
///     let text = Event::Text(model.to_owned());
///     Ok(Box::pin(stream::iter([Ok(text), Ok(Event::Completed { input: 7 })])))
/// }
/// # drop(events("gpt-5-mini"));
/// ```
#[proc_macro_attribute]
pub fn session_usage(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::walk(
        "#[session_usage]",
        arguments.into(),
        item.into(),
        &[],
        model::usage::check,
        expand::usage::expand,
    )
    .into()
}

/// Writes an event under the current span.
///
/// ```
/// use telemetry_runtime::telemetry_event;
///
/// let elapsed_ms = 3;
/// telemetry_event!("history.task_complete", elapsed_ms, cause = ?Some("done"));
/// telemetry_event!("history.billed", log = "billing", level = "debug", content(note = "paid"));
/// ```
///
/// The name is a string literal; fields and `content(…)` are those of [`macro@telemetry_span`].
/// `level` and `log` are options, so no field can have these names; `log` is a log that a
/// `[telemetry.logs.<name>]` table declares, or `"tui"` for a line that people read. Expressions are
/// evaluated only while the event is switched on, and not at all where telemetry is compiled out.
#[proc_macro]
pub fn telemetry_event(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = model::event::check(arguments.into(), &mut ctxt);
    match (ctxt.finish(), model) {
        (None, Some(model)) if ENABLED => expand::event::expand(&model),
        (None, Some(model)) => expand::event::compiled_out(&model.fields),
        (errors, _) => errors.unwrap_or_default(),
    }
    .into()
}

/// Adds fields to the current span after its entry.
///
/// ```
/// use telemetry_runtime::{record, telemetry_span};
///
/// #[telemetry_span("model.request")]
/// fn ask(model: &str) {
///     let cause = Some(429);
///     record!(slug = %model.to_lowercase(), retry_cause = cause);
/// }
/// # ask("GPT");
/// ```
///
/// Fields are those of [`macro@telemetry_span`], `content(…)` too; of a key that is said again the last
/// word counts. The current span is the innermost that is recorded: in one that a filter leaves out,
/// that is the span around it. Outside of a span it does nothing.
#[proc_macro]
pub fn record(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = model::event::check_record(arguments.into(), &mut ctxt);
    match ctxt.finish() {
        Some(errors) => errors,
        None if ENABLED => expand::event::expand_record(&model),
        None => expand::event::compiled_out(&model.fields),
    }
    .into()
}

/// Derives `UsageSource` for a struct or an enum.
///
/// ```
/// use telemetry_runtime::UsageSource;
///
/// #[derive(UsageSource)]
/// struct TokenUsage {
///     #[usage(prompt_tokens)]
///     prompt_tokens: u64,
///     #[usage(completion_tokens)]
///     completion_tokens: Option<u64>,
///     #[usage(details)]
///     prompt_tokens_details: Option<Details>,
/// }
///
/// #[derive(UsageSource)]
/// struct Details {
///     #[usage(cached_tokens)]
///     cached_tokens: Option<u64>,
/// }
///
/// #[derive(UsageSource)]
/// enum ResponseEvent {
///     Delta(String),
///     Completed {
///         #[usage]
///         token_usage: Option<TokenUsage>,
///         #[usage(model)]
///         model: String,
///     },
/// }
/// # assert!(ResponseEvent::Delta(String::new()).usage().is_none());
/// ```
///
/// | attribute | the field is |
/// |---|---|
/// | `#[usage]` | a source itself: at most one in a struct or variant |
/// | `#[usage(details)]` | a source that completes it: there may be several |
/// | `#[usage(request_id)]`, `model`, `retry_cause`, `finish_reason`, `service_tier` | a text |
/// | `#[usage(prompt_tokens)]`, `cached_tokens`, `cache_write_tokens`, `completion_tokens`, `reasoning_tokens`, `total_tokens` | an integer |
/// | `#[usage(cost)]` | US dollars as `f64` |
///
/// Each may be an `Option`. A value says what is marked, and `None` where that is nothing about
/// tokens or cost; what it says then completes a usage of the same stream. `#[usage(crate = path)]` on the type says where `telemetry_runtime` is. Generic
/// types get the bounds that their marked fields need. Where telemetry is compiled out, `usage()`
/// is `None`.
#[proc_macro_derive(UsageSource, attributes(usage))]
pub fn usage_source(item: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let source = derive::check(item.into(), &mut ctxt);
    match (ctxt.finish(), source) {
        (None, Some(source)) => derive::expand(&source, ENABLED),
        (errors, _) => errors.unwrap_or_default(),
    }
    .into()
}
