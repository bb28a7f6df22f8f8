#![deny(warnings)]
use std::fmt::{Debug, Display};

use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain() {}

#[telemetry_span("a.generic", fields(%value, ?also))]
fn generic<T: Display, U>(value: T, also: U) -> String
where
    U: Debug,
{
    format!("{value}{also:?}")
}

#[telemetry_span("a.constant", fields(n = N))]
fn constant<const N: usize>(bytes: [u8; N]) -> usize {
    bytes.len() + N
}

#[telemetry_span("a.elided", err)]
fn elided(text: &str) -> Result<&str, String> {
    text.get(1..).ok_or_else(|| "short".to_owned())
}

#[telemetry_span("a.named")]
fn named<'a, 'b: 'a>(text: &'a str, other: &'b str) -> Result<&'a str, &'b str> {
    if text.is_empty() {
        return Err(other);
    }
    Ok(text)
}

#[telemetry_span("a.opaque.argument", fields(?value))]
fn opaque_argument(value: impl Debug + Clone) -> usize {
    format!("{:?}", value.clone()).len()
}

#[telemetry_span("a.opaque.return")]
fn opaque_return(n: usize) -> impl Iterator<Item = usize> {
    0..n
}

#[telemetry_span("a.opaque.borrow")]
fn opaque_borrow<'a>(text: &'a str) -> impl Iterator<Item = char> + use<'a> {
    text.chars()
}

#[telemetry_span("a.opaque.result")]
fn opaque_result(n: usize) -> Result<impl Iterator<Item = usize>, String> {
    let n = n.checked_sub(1).ok_or("none")?;
    Ok(0..n)
}

#[telemetry_span("a.dynamic")]
fn dynamic(n: usize) -> Box<dyn Fn(usize) -> usize> {
    Box::new(move |m| n + m)
}

#[telemetry_span("a.function")]
fn function() -> fn(usize) -> usize {
    |n| n + 1
}

#[telemetry_span("a.tuple", ret)]
fn tuple() -> (u8, [u8; 2]) {
    (1, [2, 3])
}

#[telemetry_span("a.result.alias", ret, err(Debug))]
fn alias() -> std::io::Result<u8> {
    Ok(1)
}

#[telemetry_span("a.formatted", ret(Display))]
fn formatted() -> u8 {
    1
}

#[telemetry_span("a.public", level = "trace")]
pub(crate) fn public() -> Option<u8> {
    None?
}

fn main() {
    plain();
    assert_eq!(generic(1, 'a'), "1'a'");
    assert_eq!(constant([0; 3]), 6);
    assert_eq!(elided("ab"), Ok("b"));
    assert!(elided("").is_err());
    assert_eq!(named("", "b"), Err("b"));
    assert_eq!(opaque_argument("a"), 3);
    assert_eq!(opaque_return(3).sum::<usize>(), 3);
    assert_eq!(opaque_borrow("ab").count(), 2);
    assert_eq!(opaque_result(3).unwrap().sum::<usize>(), 1);
    assert!(opaque_result(0).is_err());
    assert_eq!(dynamic(1)(2), 3);
    assert_eq!(function()(2), 3);
    assert_eq!(tuple(), (1, [2, 3]));
    assert_eq!(alias().unwrap(), 1);
    assert_eq!(formatted(), 1);
    assert_eq!(public(), None);
}
