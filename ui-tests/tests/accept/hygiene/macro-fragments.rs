//! The arguments, and parts of the function, are fragments of a `macro_rules` macro.

#![deny(warnings)]
use std::future::Future;

use telemetry_runtime::{session_usage, telemetry_event, telemetry_span, Usage};

type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
macro_rules! method {
    ($(#[$a:meta])* $v:vis fn $n:ident(&$self:ident $(, $p:ident : $t:ty)*) -> $r:ty $b:block $span:literal $lvl:literal [$($k:ident = $e:expr),*]) => {
        $(#[$a])*
        #[telemetry_span($span, level = $lvl, fields($($k = $e),*))]
        $v fn $n(&$self $(, $p: $t)*) -> $r $b
    };
}
struct S { x: u8 }
impl S {
    method! { /// Documented.
        pub fn get(&self, n: u8) -> u8 { self.x + n } "m.get" "debug" [a = self.x, b = n] }
    method! { fn try_get(&self, n: String) -> Result<u8, String> { n.parse::<u8>().map(|m| m + self.x).map_err(|e| e.to_string()) } "m.try" "info" [a = self.x, n = n.len()] }
}
macro_rules! returned {
    ($n:ident, $r:ty) => {
        #[telemetry_span("m.returned", future)]
        fn $n(n: u8) -> $r { Box::pin(async move { n + 1 }) }
    };
}
returned!(boxed, BoxFuture<'static, u8>);
macro_rules! opaque {
    ($n:ident, $r:ty) => {
        #[telemetry_span("m.opaque", future)]
        fn $n(n: u8) -> $r { async move { n + 1 } }
    };
}
opaque!(opaque, impl Future<Output = u8>);
macro_rules! event { ($n:literal, $($k:ident : $v:expr),*) => { telemetry_event!($n, level = "debug", $($k = $v),*) }; }
macro_rules! local { ($x:ident, $e:expr) => {
    #[telemetry_span("m.local", fields(value = $e + hidden(), $x))]
    fn local($x: u8) -> u8 { fn hidden() -> u8 { 1 } let y = $x; y + hidden() + $e }
    fn hidden() -> u8 { 2 }
}; }
local!(q, 1 + 2);
macro_rules! pat { ($p:pat, $t:ty, $e:expr) => {
    #[telemetry_span("m.pat")]
    async fn pat($p: $t) -> u8 { $e }
    #[telemetry_span("m.pat.sync")]
    fn pat_sync($p: $t) -> Result<u8, ()> { Ok($e) }
}; }
pat!((a, mut b), (u8, u8), { b += 1; a + b });
macro_rules! lifetime { ($l:lifetime) => {
    #[telemetry_span("m.lifetime", err)]
    fn lifetime<$l>(a: &$l str, _b: &str) -> Result<&$l str, String> { $l: { if a.is_empty() { break $l } } Ok(a) }
}; }
lifetime!('z);
macro_rules! tt { ($($t:tt)*) => { #[telemetry_span("m.tt")] $($t)* }; }
tt! { pub(crate) async fn tts<T: Into<u8> + 'static>(t: T, #[cfg(all())] u: u8) -> u8 where T: Send { t.into() + u } }
macro_rules! item { ($i:item) => { #[telemetry_span("m.item")] $i }; }
item! { fn item(n: &u8) -> u8 { *n } }
item! { async fn item_async(n: String) -> usize { n.len() } }
macro_rules! everything {
    ($name:literal, $level:expr, $key:ident, $value:expr, $at:path, $v:vis, $n:ident, $p:pat, $t:ty, $r:ty, $b:block) => {
        #[telemetry_span($name, level = $level, crate = $at, fields($key = $value), err)]
        $v fn $n($p: $t) -> $r $b
    };
}
everything!("m.everything", "warn", token, redacted(1 + 1), ::telemetry_runtime, pub(crate), everything, (a, _), (u8, String), Result<u8, String>, { Ok(a) });
macro_rules! named { ($n:expr, $r:ty, $b:expr, $m:expr, $usage:ident, $u:expr) => {
    #[session_usage(model = $m, usage = $u)]
    #[telemetry_span($n, ret)]
    async fn named($usage: Usage) -> $r { $b }
}; }
named!("m.named", Result<u8, String>, Err(usage.prompt_tokens.unwrap_or(1).to_string()), "m", usage, &usage);
macro_rules! pinned { ($n:ident, $r:ty, $o:ty, $b:block) => {
    #[telemetry_span("m.pinned", future)]
    fn pinned($n: u8) -> std::pin::Pin<Box<$o>> $b
    #[telemetry_span("m.output", future, err)]
    fn output(n: u8) -> impl Future<Output = $r> + Send { async move { Ok(n) } }
}; }
pinned!(n, Result<u8, String>, dyn Future<Output = u8>, { Box::pin(async move { n }) });
macro_rules! keys { ($($k:ident).+ = $v:expr) => { telemetry_event!("m.keys", $($k).+ = ?$v, level = "warn") }; }
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let s = S { x: 1 };
    assert_eq!(s.get(1), 2); assert_eq!(s.try_get("2".into()), Ok(3));
    assert_eq!(boxed(1).await, 2); assert_eq!(opaque(1).await, 2);
    event!("m.event", a: 1 + 2, b: s.x);
    assert_eq!(local(1), 5); assert_eq!(hidden(), 2);
    assert_eq!(pat((1, 2)).await, 4); assert_eq!(pat_sync((1, 2)), Ok(4));
    assert_eq!(lifetime("a", ""), Ok("a")); assert_eq!(tts(1u8, 2).await, 3); assert_eq!(item(&1), 1);
    assert_eq!(item_async("ab".into()).await, 2);
    assert_eq!(everything((1, String::new())), Ok(1));
    assert!(named(Usage::default()).await.is_err());
    assert_eq!(pinned(1).await, 1);
    assert_eq!(output(1).await, Ok(1));
    keys!(a.b = 1 + 1);
}
