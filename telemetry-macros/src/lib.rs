//! The attributes of `telemetry-runtime`, which re-exports them: depend on that crate.
//!
//! # Design
//!
//! An attribute passes through four steps, each in a module of its own:
//!
//! | step | module | content |
//! |---|---|---|
//! | order | `attribute` | the order of the steps; the item after an error; further attributes of this crate on the function (`annotation`) |
//! | read | `arguments`, `function` | the arguments as written, and the signature; the body stays tokens |
//! | check | `model`, with `shape`, `returns`, `polled` and `stream` | the arguments, checked against the function |
//! | expand | `expand` | tokens of a checked model; this step cannot fail |
//!
//! All errors of an attribute are collected in one `Ctxt` and reported in one build. The feature `enabled`
//! has no influence on them, and the item is kept, so that its callers get no second error.
//!
//! Above each transformation of tokens, comments show its input and its output.

mod annotation;
mod arguments;
mod attribute;
mod ctxt;
mod derive;
mod documentation;
mod expand;
mod function;
mod inert;
mod mentioned;
mod model;
mod polled;
mod returns;
mod shape;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrong_forms;

use proc_macro::TokenStream;

use crate::annotation::Annotation;
use crate::ctxt::Ctxt;

/// Whether annotations are expanded. Their arguments are checked in any case.
const ENABLED: bool = cfg!(feature = "enabled");

/// Records a span for each call of a function: its duration, its outcome and chosen fields.
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
/// The first argument is the name, a string literal of segments `[a-z][a-z0-9_]*` separated by dots. Filters
/// match the first segments of the name, its family. These options follow in any order:
///
/// | option | meaning |
/// |---|---|
/// | `fields(F, …)` | recorded at entry; `F` is `ident`, `%ident` (`Display`), `?ident` (`Debug`), `key = expr`, `key = %expr`, `key = ?expr`; keys may be dotted |
/// | `content(F, …)` | like `fields`, for text of a person or a model: the text is stored only where `log_content = true`, else its length |
/// | `err`, `err(Debug)` | store the error's text as well |
/// | `ret`, `ret(Display)` | store the return value |
/// | `level = "debug"` | `error`, `warn`, `info` (default), `debug`, `trace` |
/// | `root` | the span has no parent |
/// | `turn` | the call is one turn of the current session, from what the user submitted to the complete answer; its number is in the span and in the record of every request that is made inside |
/// | `operation = "execute_tool"` | the call is that of a tool, which `tool` names |
/// | `operation = "invoke_agent"` | the call is the run of an agent, which `agent` names |
/// | `tool`, `agent` `= expr` | a string or an `Option` of one; `%expr` by `Display`, `?expr` by `Debug` |
/// | `stream` | the function returns a stream: the span covers the call and the life of the stream |
/// | `future` | the function is not `async` and returns a future: the span covers its polls |
/// | `crate = path` | the path of `telemetry_runtime`, for crates that re-export it |
///
/// Arguments of the function are recorded only if they are named. A field with the name of a secret
/// (`api_key`, `token`, `password`, …), or whose value has such a name (`value = config.api_key`), does not compile unless
/// its value is `redacted(expr)`, which stores `"[redacted]"` and does not evaluate `expr`, or `public(expr)`, which declares
/// that the value is not secret. Expressions are evaluated once, at entry (of
/// an `async fn`: at the first poll), and only while the span is enabled.
///
/// An expression cannot change the control flow of the function: `?`, `return`, `.await` and `yield` (outside of a
/// closure or an `async` block in the expression) are errors, as are `break` and `continue` that leave the
/// expression. A `return` or `?` that a macro in the expression expands to ends only the expression, because all
/// expressions but names, fields of names and literals are evaluated in a closure. If an expression panics, the record
/// lacks its field, and `Telemetry::health` counts the panic.
///
/// # Outcome
///
/// | outcome | of |
/// |---|---|
/// | `ok` | any other call, and any value of a generic return type `T` |
/// | `err` | a call that returns an `Err`, also if the return type is an alias of `Result` |
/// | `panic` | a call or a poll that panics |
/// | `cancelled` | a future or, with `stream`, a stream that is dropped before it finishes |
///
/// The error needs a trait only for the option `err`. With `stream`, the outcome is `err` if an item is an `Err`, and
/// `err` stores the text of the first one.
///
/// # Returned futures and streams
///
/// A function that returns a future or a stream does its work in their polls, after the call. If the function is not `async`, the span
/// covers the call alone, in which the work has not begun, unless an option says otherwise:
///
/// | return type | option | the span covers |
/// |---|---|---|
/// | `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture` or `LocalBoxFuture` | `future` | the polls of the future, like that of an `async fn`, and not the call |
/// | `impl Stream`, `Pin<Box<dyn Stream>>`, `BoxStream`, `LocalBoxStream` or a `Result` of one | `stream` | the call and the life of the stream |
/// | any | none | the call; the value is returned as it is |
///
/// The function that `#[async_trait]` makes of an `async fn` is recorded like an `async fn`. The span of an `async fn` that returns a stream
/// covers, without `stream`, the polls until the stream is returned. `turn`, `operation`, `err` and `ret` record the work of the function, so that
/// each of them is an error on a function that returns a future without `future`, or a stream without `stream`. The wrapper of a future or a stream does not implement `Clone`,
/// `FusedFuture` and the like, so an `impl Future + Clone` with `future` is an error.
///
/// # Turns
///
/// A turn within a turn of the same session is a part of that turn. A turn is not counted if there is no current session
/// or if the session log is disabled. A cancelled turn is counted.
///
/// # Operations of agents
///
/// ```
/// # use telemetry_runtime::telemetry_span;
/// #[telemetry_span("tool.run", operation = "execute_tool", tool = name, err)]
/// fn run_tool(name: &str) -> Result<String, std::io::Error> {
///     Ok(format!("{name}: done"))
/// }
///
/// #[telemetry_span("agent.explore", operation = "invoke_agent", agent = "explorer")]
/// fn explore() {}
/// # run_tool("shell").unwrap();
/// # explore();
/// ```
///
/// The record has the operation and the names under the keys `operation`, `tool` and `agent`. In OTLP the span is called
/// `execute_tool TOOL` or `invoke_agent AGENT`, as OpenTelemetry's conventions for generative AI define, so that backends
/// recognize the run of an agent. Names are evaluated at entry, like fields. A request that `#[session_usage]` records on a
/// function with an operation is exported as a child of the operation's span.
///
/// # Effects on the function
///
/// These stay as they are without the attribute: the signature, the attributes and the lints, the borrows,
/// the order in which values are dropped, `Location::caller()` under `#[track_caller]`, and whether the
/// future is `Send`. The attribute works above and below `#[async_trait]`, `#[tokio::main]`,
/// `#[tokio::test]` and `#[tracing::instrument]`.
///
/// These effects are met in every program:
///
/// * An `async fn` is expanded to a function that returns its future, and rustdoc shows it so. The future
///   grows by 16 bytes, with fields by 24 bytes, whatever the arguments are.
/// * A parameter or a field of a struct that an attribute records is used, so that `unused_variables` and `dead_code` are
///   not reported while telemetry is compiled in.
///
/// A function may have several `#[telemetry_span]` of different names. Their spans are one inside of the other, and that of the first
/// attribute is the innermost. Two of the same name are an error.
///
/// # Rare effects on the function
///
/// * To prove that a future is `Send`, for example for `tokio::spawn`, rustc needs four steps of its
///   recursion limit for each annotated function, and three for a bare one. At the default limit of 128, it
///   proves a chain of 30 annotated functions above a bare one that awaits a `Ready` (of 40 bare functions),
///   and of 32 if the innermost awaits nothing. `#[session_usage]` on the same function needs no further step;
///   a third attribute of this crate needs one. Without that proof a chain may have 128 functions.
/// * An `async fn` stays one, and its body becomes a future inside of the function's own future, if it
///   returns `!`, is `extern`, or has an attribute that may depend on `async`: `#[must_use]`,
///   `#[track_caller]` and every attribute macro of others below this one. Then the future holds the
///   arguments twice, and rustc proves a chain of 20 functions to be `Send`.
/// * Lints that look for the word `async` are not reported: rustc's `async_fn_in_trait` for a default method, and Clippy's
///   `unused_async`. A function with an attribute that names such a lint, such as `#[expect(async_fn_in_trait)]`, stays
///   `async`, and its future holds the arguments twice.
/// * No finding of rustc or Clippy (its default set, `pedantic` and `nursery`) is added, with one exception: `use_self`
///   of `nursery` may be reported for the return type of a small function in the implementation of a trait.
///   `result_large_err` may be reported twice for a function. Some findings of Clippy that compare a signature or a
///   `return` with the body are not reported: `boxed_local`, `elidable_lifetime_names`, `manual_async_fn`,
///   `missing_const_for_fn`, `missing_errors_doc`, `missing_panics_doc`, `needless_lifetimes`,
///   `needless_pass_by_ref_mut`, `needless_pass_by_value`, `needless_question_mark`, `needless_return`,
///   `needless_return_with_question_mark`, `only_used_in_recursion`, `single_match` with a `return` in its arm,
///   `toplevel_ref_arg`, `uninlined_format_args`, `unnecessary_literal_bound` and `unnecessary_wraps`, and two of rustc:
///   `unconditional_recursion` where the body becomes a closure, and `redundant_semicolons` after a statement that a
///   macro passes as `$s:stmt`. A recorded parameter that nothing else uses may be a
///   `needless_pass_by_value`.
/// * The body of a `#[track_caller]` function that returns a `Result` stays where it is, as does one whose function takes
///   `mut self`. There each `return` and each `?` is observed. If a macro such as `bail!` hides one, the outcome is
///   `err`.
/// * In a function with `#[track_caller]` that returns a future, a body with a `return`, a `?` or a macro of unknown name, which may
///   return, becomes a closure, whose `Location::caller()` is in the function.
/// * If a body has a function of its own, the `type_name` of that function is the one without the attribute. There is
///   an exception: in a function that returns a `Result`, a macro of unknown name, which may return, makes the body
///   a closure, and `{{closure}}` is in the name.
/// * In a release build, a disabled function takes at most 1 KiB of stack more than without the attribute. There are two
///   exceptions for functions that return a `Result`: large arguments are copied once if the body contains a macro of
///   unknown name, which may return; and a large return value is copied once if a body that stays where it is has
///   several exits and the option `err`.
/// * In a function that may return a `Result`, a destructured parameter is dropped after the others if
///   `fields` uses a name that it binds, or if an attribute macro of others is below this one.
/// * A closure that an `async fn` returns as an `impl Fn(…)` takes the types of its parameters from there if the bound
///   names numbers, `str`, `String`, `Option`, `Vec` and `Box` only. Otherwise the closure itself has to state them.
///
#[doc = include_str!("expansion.md")]
#[proc_macro_attribute]
pub fn telemetry_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(
        Annotation::TelemetrySpan,
        arguments.into(),
        item.into(),
        ENABLED,
    )
    .into()
}

/// Records the token usage of a request to a model for the current session.
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
/// The usage is read from the return value, or from the value of the returned future. Its type implements
/// `UsageSource`, or is a `Result`, `Option`, `Poll`, `Box`, `Arc` or `Vec` of such a type, or a tuple whose
/// first member has such a type. For a value without usage, nothing is recorded.
///
/// | option | meaning |
/// |---|---|
/// | `usage = expr` | read the usage from an expression, evaluated at entry (of an `async fn`: at the first poll) |
/// | `stream` | read the usage from the items of the returned stream |
/// | `model`, `effort`, `request_id`, `retry_cause` `= expr` | texts that the value does not have; `%expr` by `Display`, `?expr` by `Debug` |
/// | `attempt = expr` | the number of the attempt, an integer from 1 |
/// | `session = expr` | the session, if it is not the current one |
/// | `crate = path` | the path of `telemetry_runtime`, for crates that re-export it |
///
/// The expansion and its limits are those of [`macro@telemetry_span`]. The two attributes may be on one
/// function in either order. A function has one `#[session_usage]` at most, because one call is one request. The future of an `async fn` grows by 24 bytes, with both attributes by 40 to 48.
///
/// # Streams
///
/// With `stream` the function, `async` or not, returns `impl Stream`, `BoxStream` or
/// `Pin<Box<dyn Stream>>` of items that are `UsageSource`s, or a `Result` of one. One record of
/// the request is written when the stream ends or is dropped:
///
/// | end of the stream | outcome | usage |
/// |---|---|---|
/// | ends | `ok` | that of the last item with a usage, if there is one |
/// | has an item that is an `Err` or has failed | `err` | that of the last item with a usage, if there is one |
/// | is dropped after an item with a usage | `ok`, because many consumers drop a stream after its last event | that of the last item with a usage |
/// | is dropped before | `cancelled` | the parts of a usage in the items so far (`UsageSource::partial`) |
/// | panics in a poll | `panic` | that of the last item with a usage, or the parts so far |
/// | is dropped before its first poll | `cancelled`, because the body of the function has run and may have sent the request | |
/// | is never made, because the future of the `async` function is never polled | no record, because the body has not run | |
///
/// The time to the first token is the time from the call to the first item with content (`UsageSource::has_content`). The
/// request's scope is entered at each poll, so that `note_usage` inside of the stream completes this request. A boxed stream
/// is boxed a second time only while usage is recorded; where telemetry is compiled out or off, the function returns the
/// stream unchanged.
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
    attribute::expand(
        Annotation::SessionUsage,
        arguments.into(),
        item.into(),
        ENABLED,
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
/// telemetry_event!("history.slow", "the answer took {elapsed_ms} ms", elapsed_ms);
/// ```
///
/// A string literal after the name is the message: a format string with the names of variables in its braces. The
/// formatted text is stored as the field `message`.
///
/// The name is a string literal before the fields; fields and `content(…)` are those of [`macro@telemetry_span`].
/// `level` and `log` are options, so no field can have these names. `log` is a log that a
/// `[telemetry.logs.<name>]` table declares, or `"tui"` for a line of text. Expressions are
/// evaluated only while the event is enabled, and never if telemetry is compiled out. The macro is an expression of type
/// `()`. It does not panic: an event that cannot be written is counted by `Telemetry::health`.
#[proc_macro]
pub fn telemetry_event(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let arguments = proc_macro2::TokenStream::from(arguments);
    let model = model::event::check(arguments.clone(), &mut ctxt);
    let compiled_out = || expand::event::compiled_out(&model.runtime, &model.fields);
    match ctxt.finish_expression(&arguments, || Some(compiled_out())) {
        Some(errors) => errors,
        None if ENABLED => expand::event::expand(&model),
        None => compiled_out(),
    }
    .into()
}

/// Records a span around a block, for code that is not a function of its own.
///
/// ```
/// use telemetry_runtime::telemetry_scope;
///
/// # async fn example(text: &str) -> Result<u32, std::num::ParseIntError> {
/// let parsed = telemetry_scope!("model.parse", bytes = text.len(), { text.parse::<u32>()? });
/// let doubled = telemetry_scope!("model.wait", async { parsed * 2 }).await;
/// # Ok(doubled)
/// # }
/// # drop(example("7"));
/// ```
///
/// The first argument is the name, the last one the block. Fields, `content(…)` and `level` are between them, as in
/// [`macro@telemetry_event`]. The value of the macro is that of the block; `return`, `?` and `break` in the block have the
/// effect that they have without the macro. `.await` in a plain block is an error: with `async { … }` or `async move { … }`,
/// the macro is a future, and the span covers its polls. If telemetry is compiled out, the macro is the block or the future.
///
/// The outcome is `err` if the value of the block is an `Err`, or if a `?` leaves a block that has no `return`, `break` or
/// `continue`.
#[proc_macro]
pub fn telemetry_scope(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let arguments = proc_macro2::TokenStream::from(arguments);
    let model = model::scope::check(arguments.clone(), &mut ctxt);
    let compiled_out = || model.as_ref().map(expand::scope::compiled_out);
    match (ctxt.finish_expression(&arguments, compiled_out), &model) {
        (None, Some(model)) if ENABLED => expand::scope::expand(model),
        (None, Some(model)) => expand::scope::compiled_out(model),
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
/// Fields and `content(…)` are those of [`macro@telemetry_span`]. If a key is recorded again, the last value
/// is kept. The current span is the innermost recorded span: inside of a span that a filter excludes, the fields are added
/// to the span around the excluded one. Outside of a span the macro does nothing and evaluates no expression.
#[proc_macro]
pub fn record(arguments: TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let arguments = proc_macro2::TokenStream::from(arguments);
    let model = model::event::check_record(arguments.clone(), &mut ctxt);
    let compiled_out = || expand::event::compiled_out(&model.runtime, &model.fields);
    match ctxt.finish_expression(&arguments, || Some(compiled_out())) {
        Some(errors) => errors,
        None if ENABLED => expand::event::expand_record(&model),
        None => compiled_out(),
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
/// | `#[usage]` | a `UsageSource`: at most one in a struct or variant |
/// | `#[usage(details)]` | a `UsageSource` that completes the usage: there may be several |
/// | `#[usage(request_id)]`, `model`, `retry_cause`, `finish_reason`, `service_tier` | a text |
/// | `#[usage(prompt_tokens)]`, `cached_tokens`, `cache_write_tokens`, `completion_tokens`, `reasoning_tokens`, `total_tokens` | an integer |
/// | `#[usage(cache_write_1h_tokens)]`, `audio_input_tokens`, `image_input_tokens`, `video_input_tokens`, `cached_audio_tokens`, `cached_image_tokens`, `audio_output_tokens`, `image_output_tokens`, `video_output_tokens`, `citation_tokens` | an integer: the part of the tokens that has a price of its own |
/// | `#[usage(web_searches)]`, `map_searches` | an integer: the number of searches |
/// | `#[usage(search_context_size)]`, `speed`, `inference_geo` | a text that changes the price |
/// | `#[usage(cost)]` | US dollars as `f64` or as text, or an `Option` of it |
///
/// Each field may be an `Option`. `usage()` has the values of the marked fields, or is `None` if they have
/// neither tokens nor cost; then the values complete another usage of the same stream.
/// `#[usage(crate = path)]` on the type is the path of `telemetry_runtime`. Generic types get the bounds that
/// their marked fields need. If telemetry is compiled out, `usage()` is `None`.
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

/// Copies the documentation of an item of the build with `enabled`. `telemetry-runtime` uses this attribute while rustdoc runs.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn documentation_of(path: TokenStream, item: TokenStream) -> TokenStream {
    documentation::copy(&path.into(), &item.into()).into()
}
