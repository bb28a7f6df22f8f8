#![deny(warnings)]
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

trait Store<'a, K, V: ?Sized>
where
    K: 'a,
{
    type Error: Debug;
    async fn load<Q>(&'a self, key: Q) -> Result<Option<&'a V>, Self::Error>
    where
        Q: Into<K> + 'a,
        V: 'a;
    async fn shared(self: Arc<Self>, with: impl Fn(&K) -> bool + Send) -> usize;
    fn visit(&self, each: &mut dyn for<'b> FnMut(&'b K, &'b V) -> Option<&'b V>) -> usize;
}

struct Map<K, V>(HashMap<K, V>);

impl<'a, K, V> Store<'a, K, V> for Map<K, V>
where
    K: std::hash::Hash + Eq + Debug + 'a,
    for<'b> &'b V: Debug,
{
    type Error = Box<dyn std::error::Error + Send + Sync + 'a>;

    #[telemetry_span("store.load", err, fields(len = self.0.len()))]
    async fn load<Q>(&'a self, key: Q) -> Result<Option<&'a V>, Self::Error>
    where
        Q: Into<K> + 'a,
        V: 'a,
    {
        let key = key.into();
        let found = 'search: {
            if self.0.is_empty() {
                break 'search None;
            }
            self.0.get(&key)
        };
        Ok::<_, std::fmt::Error>(found)?;
        Ok(found)
    }

    #[telemetry_span("store.shared")]
    async fn shared(self: Arc<Self>, with: impl Fn(&K) -> bool + Send) -> usize {
        self.0.keys().filter(|key| with(key)).count()
    }

    #[telemetry_span("store.visit")]
    fn visit(&self, each: &mut dyn for<'b> FnMut(&'b K, &'b V) -> Option<&'b V>) -> usize {
        let mut n = 0;
        'all: for (key, value) in &self.0 {
            match each(key, value) {
                Some(_) => n += 1,
                None => break 'all,
            }
        }
        n
    }
}

struct Window<'w, const N: usize> {
    lines: [&'w str; N],
    at: usize,
}

impl<'w, const N: usize> Window<'w, N> {
    #[telemetry_span("window.first")]
    fn first(&self) -> Option<&'w str> {
        self.lines.first().copied()
    }

    #[telemetry_span("window.lines")]
    fn lines(&mut self) -> &mut [&'w str; N] {
        &mut self.lines
    }

    #[telemetry_span("window.advance")]
    fn advance(self: Pin<&mut Self>, by: usize) -> usize {
        let this = self.get_mut();
        this.at += by;
        this.at
    }

    #[telemetry_span("window.by")]
    fn by<'s, T: ?Sized>(&'s self, key: &T, f: impl Fn(&'s str, &T) -> bool) -> Vec<&'s str> {
        self.lines.iter().filter(|line| f(line, key)).copied().collect()
    }

    #[telemetry_span("window.boxed")]
    fn boxed(&self) -> Box<dyn Iterator<Item = &'w str> + '_> {
        Box::new(self.lines.iter().copied())
    }

    #[telemetry_span("window.filter", ret(Debug))]
    fn filter(&self) -> fn(&str) -> &str {
        str::trim
    }

    #[telemetry_span("window.asynchronous", fields(at = self.at))]
    async fn asynchronous(mut self: Pin<&mut Self>, f: impl AsyncFn(usize)) -> usize {
        f(self.at).await;
        self.at += 1;
        self.at
    }

    #[telemetry_span("window.array", fields(n = N))]
    fn array<T: Copy, const M: usize>(&self, of: &T) -> [T; M] {
        [*of; M]
    }
}

#[telemetry_span("a.returning")]
fn returning(n: u8) -> u8 {
    let double = |n: u8| -> u8 {
        if n > 100 {
            return 0;
        }
        n * 2
    };
    let perhaps = || -> Option<u8> { Some(n.checked_sub(1)? + 1) };
    perhaps().map(double).unwrap_or(7)
}

#[telemetry_span("a.tail", err)]
fn tail(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    Ok(text.parse::<u8>()?)
}

#[telemetry_span("a.tail.only")]
fn tail_only(n: Option<u8>) -> Option<u8> {
    Some(n?)
}

#[telemetry_span("a.tail.async", err)]
async fn tail_async(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let parsed = async { text.parse::<u8>() };
    Ok(parsed.await?)
}

#[telemetry_span("a.parameters", fields(kept))]
fn parameters(
    #[expect(unused_variables)] ignored: u8,
    #[cfg(any())] absent: NoSuchType,
    #[cfg(all())] kept: u8,
    #[expect(unused_mut)] mut n: u8,
) -> u8 {
    n + kept
}

#[telemetry_span("a.parameters.async")]
async fn parameters_async(
    #[expect(unused_variables)] ignored: Vec<u8>,
    #[cfg(any())] absent: NoSuchType,
    #[cfg(all())] kept: String,
    #[cfg(all())]
    #[expect(unused_mut)]
    mut n: u8,
) -> usize {
    usize::from(n) + kept.len()
}

#[telemetry_span("a.parameters.small")]
fn parameters_small(#[expect(unused_variables)] ignored: u8, #[cfg(any())] absent: NoSuchType) {}

#[telemetry_span("a.recursive")]
fn recursive<'a>(n: u8, text: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { if n == 0 { text.len() } else { recursive(n - 1, text).await + 1 } })
}

#[telemetry_span("a.recursive.async", fields(n))]
async fn recursive_async(n: u8, text: &str) -> usize {
    if n == 0 {
        return text.len();
    }
    Box::pin(recursive_async(n - 1, text)).await + 1
}

#[telemetry_span("a.unsafe")]
unsafe fn dangerous<T: Copy>(from: *const T) -> T {
    // SAFETY: the caller guarantees it.
    unsafe { *from }
}

#[telemetry_span("a.higher")]
fn higher<F>(f: F) -> usize
where
    F: for<'a> Fn(&'a str) -> &'a str,
{
    f(" a ").len()
}

#[telemetry_span("a.shown", fields(%value))]
fn shown(value: &(impl Display + ?Sized)) -> String {
    value.to_string()
}

#[telemetry_span("a.dyn")]
fn dynamic<'a>(debug: &'a dyn Debug, _: &str) -> &'a dyn Debug {
    debug
}

#[telemetry_span("a.let.else")]
fn let_else(text: Option<&str>) -> &str {
    let Some(text) = text else { return "" };
    text
}

#[session_usage]
fn used<'a>(usage: &'a Usage, #[allow(unused)] n: u8) -> Result<Arc<Usage>, &'a str> {
    if n == 0 {
        return Err("none");
    }
    Ok(Arc::new(usage.clone()))
}

#[telemetry_span("a.used")]
#[session_usage(model = model)]
async fn used_async(#[allow(unused)] model: &str, ask: impl AsyncFnOnce() -> Option<Usage>) -> Option<Usage> {
    let used = ask().await?;
    Some(used)
}

#[session_usage]
#[telemetry_span("a.used.shared")]
async fn used_shared<T: Send + Sync + ?Sized>(this: Arc<T>) -> Result<Option<Usage>, Arc<T>>
where
    Arc<T>: Clone,
{
    Err(Arc::clone(&this))
}

fn sendable<T: Send>(t: T) -> T {
    t
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let map = Map(HashMap::from([("a".to_owned(), 1)]));
    assert_eq!(map.load("a").await.unwrap(), Some(&1));
    assert_eq!(map.visit(&mut |_, value| Some(value)), 1);
    assert_eq!(Arc::new(map).shared(|key| key == "a").await, 1);
    let mut window = Window { lines: ["b", "a"], at: 0 };
    assert_eq!(window.first(), Some("b"));
    window.lines().sort_unstable();
    assert_eq!(window.first(), Some("a"));
    assert_eq!(Pin::new(&mut window).advance(2), 2);
    assert_eq!(Pin::new(&mut window).asynchronous(async |_| ()).await, 3);
    assert_eq!(window.by("a", |line, key| line == key), ["a"]);
    assert_eq!(window.boxed().count(), 2);
    assert_eq!(window.filter()(" a "), "a");
    assert_eq!(window.array::<u8, 2>(&1), [1, 1]);
    assert_eq!(returning(3), 6);
    assert_eq!(tail("3").unwrap(), 3);
    assert_eq!(tail_only(Some(3)), Some(3));
    assert_eq!(tail_async("3").await.unwrap(), 3);
    assert_eq!(parameters(1, 2, 3), 5);
    assert_eq!(parameters_async(Vec::new(), "ab".to_owned(), 3).await, 5);
    parameters_small(1);
    assert_eq!(sendable(recursive(3, "a")).await, 4);
    assert_eq!(sendable(recursive_async(3, "a")).await, 4);
    assert_eq!(unsafe { dangerous(&raw const window.at) }, 3);
    assert_eq!(higher(str::trim), 1);
    assert_eq!(shown("a"), "a");
    assert_eq!(format!("{:?}", dynamic(&1, "")), "1");
    assert_eq!(let_else(None), "");
    assert!(used(&Usage::default(), 0).is_err());
    assert!(used_async("m", async || None).await.is_none());
    assert!(sendable(used_shared::<str>("a".into())).await.is_err());
}
