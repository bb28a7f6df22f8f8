//! The attributes above and below attributes of other crates. Each stack behaves as without the attributes of
//! this crate, and is recorded while telemetry is enabled.
//!
//! One test, because telemetry is enabled for the whole process.

use std::collections::BTreeMap;
use std::panic::Location;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use telemetry_runtime::{Config, Session, Usage, session_usage, telemetry_span};
use ui_tests::log;

type Outcome = Result<Usage, String>;

fn usage() -> Usage {
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(3);
    usage
}

/// One function for each order of the attributes of this crate and one attribute of another crate.
macro_rules! orders {
    ($module:ident [$($other:tt)*] $name:literal $($function:tt)*) => {
        mod $module {
            use super::*;

            pub(super) mod above_span {
                use super::*;
                #[$($other)*]
                #[telemetry_span($name)]
                $($function)*
            }
            pub(super) mod below_span {
                use super::*;
                #[telemetry_span($name)]
                #[$($other)*]
                $($function)*
            }
            pub(super) mod above_usage {
                use super::*;
                #[$($other)*]
                #[session_usage(model = $name)]
                $($function)*
            }
            pub(super) mod below_usage {
                use super::*;
                #[session_usage(model = $name)]
                #[$($other)*]
                $($function)*
            }
            pub(super) mod above_both {
                use super::*;
                #[$($other)*]
                #[telemetry_span($name)]
                #[session_usage(model = $name)]
                $($function)*
            }
            pub(super) mod below_both {
                use super::*;
                #[telemetry_span($name)]
                #[session_usage(model = $name)]
                #[$($other)*]
                $($function)*
            }
            pub(super) mod between {
                use super::*;
                #[telemetry_span($name)]
                #[$($other)*]
                #[session_usage(model = $name)]
                $($function)*
            }
            pub(super) mod between_turned {
                use super::*;
                #[session_usage(model = $name)]
                #[$($other)*]
                #[telemetry_span($name)]
                $($function)*
            }
        }
    };
}

/// Calls the functions one after another.
macro_rules! each {
    ($module:ident, |$function:ident| $call:expr) => {
        each!(@ $module [above_span below_span above_usage below_usage above_both below_both between between_turned]
            |$function| $call)
    };
    (@ $module:ident [$($order:ident)*] |$function:ident| $call:expr) => {$({
        use $module::$order::$function;
        $call
    })*};
}

orders!(tokio_main [tokio::main(flavor = "current_thread")] "main"
    pub(in super::super) async fn run(fail: bool) -> Outcome {
        tokio::task::yield_now().await;
        if fail { Err("as it should".to_owned()) } else { Ok(usage()) }
    }
);
orders!(traced [tracing::instrument(skip_all, err)] "traced"
    pub(in super::super) fn traced(fail: bool) -> Outcome {
        (!fail).then(usage).ok_or_else(|| "as it should".to_owned())
    }
);
orders!(traced_async [tracing::instrument(fields(length = text.len()), skip_all)] "traced.async"
    pub(in super::super) async fn traced(mut text: String, (a, _): (u8, u8)) -> Outcome {
        text.push('a');
        tokio::task::yield_now().await;
        if a == 0 { Err(text) } else { Ok(usage()) }
    }
);
orders!(must_use [must_use = "it says what it used"] "must_use"
    pub(in super::super) fn used() -> Usage {
        usage()
    }
);
orders!(must_use_async [must_use = "it says what it used"] "must_use.async"
    pub(in super::super) async fn used(text: &str) -> Outcome {
        tokio::task::yield_now().await;
        if text.is_empty() { Err("empty".to_owned()) } else { Ok(usage()) }
    }
);
orders!(inlined [inline] "inline"
    pub(in super::super) fn inlined(n: u64) -> Outcome {
        n.checked_sub(1).ok_or("zero")?;
        Ok(usage())
    }
);
orders!(inlined_async [inline] "inline.async"
    pub(in super::super) async fn inlined(n: u64) -> Outcome {
        tokio::task::yield_now().await;
        n.checked_sub(1).ok_or("zero")?;
        Ok(usage())
    }
);
orders!(tracked [track_caller] "track_caller"
    pub(in super::super) fn tracked(text: &str) -> Result<(Usage, u32), std::num::ParseIntError> {
        text.parse::<u8>()?;
        Ok((usage(), Location::caller().line()))
    }
);
orders!(conditional [cfg_attr(all(), doc = "Documented.", allow(unused_variables))] "cfg_attr"
    pub(in super::super) fn conditional(unused: u8) -> Usage {
        usage()
    }
);

#[cfg_attr(
    all(),
    telemetry_span("cfg_attr.ours"),
    session_usage(model = "cfg_attr.ours")
)]
#[cfg_attr(any(), telemetry_span("No name"))]
async fn ours() -> Outcome {
    tokio::task::yield_now().await;
    Ok(usage())
}

/// Functions with three attributes of this crate.
#[telemetry_span("thrice.inner", fields(length = text.len()))]
#[session_usage(model = "thrice")]
#[telemetry_span("thrice.outer", fields(text))]
async fn thrice(text: &str) -> Outcome {
    tokio::task::yield_now().await;
    if text.is_empty() {
        Err("empty".to_owned())
    } else {
        Ok(usage())
    }
}

#[telemetry_span("streamed.inner", fields(n))]
#[session_usage(stream, model = "streamed")]
#[telemetry_span("streamed.outer", fields(n))]
async fn streamed(n: u8) -> Result<BoxStream<'static, Usage>, String> {
    tokio::task::yield_now().await;
    match n {
        0 => Err("none".to_owned()),
        _ => Ok(Box::pin(stream::iter([usage()]))),
    }
}

#[must_use = "a stream does nothing unless polled"]
#[session_usage(stream, model = "streamed.first")]
#[telemetry_span("streamed.first.outer", fields(n))]
#[telemetry_span("streamed.first.outermost", fields(n))]
async fn streamed_first(n: u8) -> Result<BoxStream<'static, Usage>, String> {
    tokio::task::yield_now().await;
    if n == 0 {
        Err("none".to_owned())
    } else {
        streamed(n).await
    }
}

/// Functions in a trait with `#[async_trait]`, which is expanded first.
#[async_trait]
trait Ask {
    #[telemetry_span("trait.default", fields(length = prompt.len()))]
    #[session_usage(model = "trait.default")]
    async fn default(&self, prompt: &str) -> Outcome
    where
        Self: Sync,
    {
        tokio::task::yield_now().await;
        if prompt.is_empty() {
            Err("empty".to_owned())
        } else {
            Ok(usage())
        }
    }
    async fn span(&mut self, prompt: String) -> Outcome;
    async fn turned(&mut self, prompt: String) -> Outcome;
}

struct Client(usize);

#[async_trait]
impl Ask for Client {
    #[telemetry_span("trait.span", fields(self.count = self.0, prompt), err)]
    async fn span(&mut self, prompt: String) -> Outcome {
        self.0 += 1;
        tokio::task::yield_now().await;
        if self.0 > 1 { Err(prompt) } else { Ok(usage()) }
    }

    #[session_usage(model = "trait.turned")]
    #[inline]
    #[telemetry_span("trait.turned", err)]
    async fn turned(&mut self, prompt: String) -> Outcome {
        self.0 += 1;
        tokio::task::yield_now().await;
        if self.0 > 3 { Err(prompt) } else { Ok(usage()) }
    }
}

/// The expansion of `#[async_trait]`, with an attribute below it.
macro_rules! written_by_async_trait {
    ($($attribute:tt)*) => {
        #[allow(clippy::type_complexity)]
        $($attribute)*
        fn written<'life0, 'async_trait>(
            text: &'life0 str,
        ) -> std::pin::Pin<Box<dyn Future<Output = Outcome> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
        {
            Box::pin(async move {
                if let Some(returned) = None::<Outcome> {
                    #[allow(unreachable_code)]
                    return returned;
                }
                let text = text;
                let returned: Outcome = {
                    tokio::task::yield_now().await;
                    text.parse::<u8>().map(|_| usage()).map_err(|error| error.to_string())
                };
                returned
            })
        }
    };
}
written_by_async_trait!(#[telemetry_span("trait.written")] #[session_usage(model = "trait.written")]);

#[tokio::test]
#[telemetry_span("test.above")]
async fn a_test_of_tokio_above() {
    tokio::task::yield_now().await;
}

#[telemetry_span("test.below")]
#[tokio::test]
async fn a_test_of_tokio_below() {
    tokio::task::yield_now().await;
}

async fn asynchronous() {
    each!(traced_async, |traced| {
        assert_eq!(traced("b".to_owned(), (0, 1)).await, Err("ba".to_owned()));
        assert!(traced(String::new(), (1, 1)).await.is_ok());
    });
    each!(must_use_async, |used| {
        assert!(used("").await.is_err());
        assert!(used("a").await.is_ok());
    });
    each!(inlined_async, |inlined| {
        assert!(inlined(0).await.is_err());
        assert!(inlined(1).await.is_ok());
    });
    assert!(ours().await.is_ok());
    assert!(thrice("").await.is_err());
    assert!(thrice("a").await.is_ok());
    assert!(streamed(0).await.is_err());
    assert_eq!(streamed(1).await.unwrap().count().await, 1);
    assert!(streamed_first(0).await.is_err());
    assert_eq!(streamed_first(1).await.unwrap().count().await, 1);
    let mut client = Client(0);
    assert!(client.default("").await.is_err());
    assert!(client.default("a").await.is_ok());
    for is_ok in [true, false] {
        assert_eq!(client.span("a".to_owned()).await.is_ok(), is_ok);
    }
    for is_ok in [true, false] {
        assert_eq!(client.turned("a".to_owned()).await.is_ok(), is_ok);
    }
    assert!(written("a").await.is_err());
    assert!(written("1").await.is_ok());
}

#[test]
fn stacks_behave_as_without_our_attributes_and_are_recorded() {
    let home = tempfile::tempdir().unwrap();
    let config = Config::at(home.path()).with_enabled(Some(true));
    let logs = config.log_dir();
    let telemetry = telemetry_runtime::init(config).unwrap();
    let _session = Session::start();

    each!(tokio_main, |run| {
        assert!(run(true).is_err());
        assert!(run(false).is_ok());
    });
    each!(traced, |traced| {
        assert!(traced(true).is_err());
        assert!(traced(false).is_ok());
    });
    each!(must_use, |used| assert_eq!(used(), usage()));
    each!(inlined, |inlined| {
        assert!(inlined(0).is_err());
        assert!(inlined(1).is_ok());
    });
    each!(tracked, |tracked| {
        assert!(tracked("a").is_err());
        assert_eq!(tracked("1").unwrap().1, line!());
    });
    each!(conditional, |conditional| assert_eq!(
        conditional(1),
        usage()
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(asynchronous());

    assert!(telemetry.flush(Duration::from_secs(10)));
    // In a build of the workspace other crates enable the runtime.
    assert!(logs.exists() || cfg!(not(feature = "enabled")));
    if logs.exists() {
        let spans = counted(&log::tree(&logs));
        assert_eq!(spans, SPANS, "{spans}");
        let usage = counted(&log::usage(&logs));
        assert_eq!(usage, USAGE, "{usage}");
    }
}

/// Counts the lines. Lines of the two tests above may be among them.
fn counted(text: &str) -> String {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with("test.")) {
        *counts.entry(line).or_insert(0) += 1;
    }
    counts.iter().fold(String::new(), |lines, (line, count)| {
        lines + &format!("{count} {line}\n")
    })
}

const SPANS: &str = r#"1       streamed.inner outcome=ok polls=2 {"n":1}
1     streamed.outer outcome=ok polls=2 {"n":1}
1   streamed.first.outer outcome=err polls=2 {"n":0}
1   streamed.first.outer outcome=ok polls=3 {"n":1}
1   streamed.inner outcome=err polls=2 {"n":0}
1   streamed.inner outcome=ok polls=2 {"n":1}
1   thrice.inner outcome=err polls=2 {"length":0}
1   thrice.inner outcome=ok polls=2 {"length":1}
6 cfg_attr outcome=ok
1 cfg_attr.ours outcome=ok polls=2
6 inline outcome=err
6 inline outcome=ok
6 inline.async outcome=err polls=2
6 inline.async outcome=ok polls=2
3 main outcome=err
3 main outcome=err polls=2
3 main outcome=ok
3 main outcome=ok polls=2
6 must_use outcome=ok
6 must_use.async outcome=err polls=2
6 must_use.async outcome=ok polls=2
1 streamed.first.outermost outcome=err polls=2 {"n":0}
1 streamed.first.outermost outcome=ok polls=3 {"n":1}
1 streamed.outer outcome=err polls=2 {"n":0}
1 streamed.outer outcome=ok polls=2 {"n":1}
1 thrice.outer outcome=err polls=2 {"text":""}
1 thrice.outer outcome=ok polls=2 {"text":"a"}
6 traced outcome=err
6 traced outcome=ok
6 traced.async outcome=err polls=2
6 traced.async outcome=ok polls=2
6 track_caller outcome=err
6 track_caller outcome=ok
1 trait.default outcome=err polls=2 {"length":0}
1 trait.default outcome=ok polls=2 {"length":1}
1 trait.span outcome=err polls=2 error=a {"prompt":"a","self.count":1}
1 trait.span outcome=ok polls=2 {"prompt":"a","self.count":0}
1 trait.turned outcome=err polls=2 error=a
1 trait.turned outcome=ok polls=2
1 trait.written outcome=err polls=2
1 trait.written outcome=ok polls=2
"#;

const USAGE: &str = "6 cfg_attr ok 3
1 cfg_attr.ours ok 3
6 inline err null
6 inline ok 3
6 inline.async err null
6 inline.async ok 3
6 main err null
6 main ok 3
6 must_use ok 3
6 must_use.async err null
6 must_use.async ok 3
1 streamed err null
2 streamed ok 3
1 streamed.first err null
1 thrice err null
1 thrice ok 3
6 traced err null
6 traced ok 3
6 traced.async err null
6 traced.async ok 3
6 track_caller err null
6 track_caller ok 3
1 trait.default err null
1 trait.default ok 3
1 trait.turned err null
1 trait.turned ok 3
1 trait.written err null
1 trait.written ok 3
";
