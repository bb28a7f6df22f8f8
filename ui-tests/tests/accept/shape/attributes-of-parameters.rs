//! Attributes of parameters: a lint is that of the bindings, once, and a `cfg` holds for the parameter.

#![deny(warnings)]

use telemetry_runtime::telemetry_span;

#[telemetry_span("p.plain")]
fn plain(#[expect(unused_variables)] n: u8) -> u8 {
    1
}

#[telemetry_span("p.owned")]
fn owned(#[expect(unused_variables)] n: String) -> u8 {
    1
}

#[telemetry_span("p.result")]
fn result(#[expect(unused_variables)] n: String) -> Result<u8, ()> {
    Ok(1)
}

#[telemetry_span("p.mutable")]
fn mutable(#[expect(unused_mut)] mut n: String) -> Result<usize, ()> {
    Ok(n.len())
}

#[telemetry_span("p.recorded", fields(n))]
fn recorded(#[expect(unused_mut)] mut n: String, #[cfg(any())] absent: u8) -> Result<usize, ()> {
    Ok(n.len())
}

#[telemetry_span("p.conditional", fields(n = n.len()))]
fn conditional(#[cfg(all())] n: String, #[cfg(any())] n: u8, #[cfg_attr(all(), expect(unused_variables))] m: String) -> Result<usize, ()> {
    Ok(n.len())
}

#[telemetry_span("p.asynchronous")]
async fn asynchronous(#[expect(unused_variables)] n: String, #[cfg(any())] absent: u8) -> u8 {
    1
}

#[telemetry_span("p.asynchronous_mutable")]
async fn asynchronous_mutable(#[expect(unused_mut)] mut n: String) -> usize {
    n.len()
}

#[telemetry_span("p.pattern")]
async fn pattern(#[expect(unused_variables)] (a, b): (String, u8)) -> u8 {
    b
}

#[telemetry_span("p.pattern_result")]
fn pattern_result(#[expect(unused_variables)] (a, ref mut b): (String, Vec<u8>)) -> Result<usize, ()> {
    b.push(1);
    Ok(b.len())
}

#[expect(unused_variables)]
#[telemetry_span("p.function")]
async fn function(n: String) -> u8 {
    1
}

#[expect(unused_variables)]
#[telemetry_span("p.function_result")]
fn function_result(n: String) -> Result<u8, ()> {
    Ok(1)
}

fn main() {
    assert_eq!(plain(1) + owned(String::new()), 2);
    assert_eq!(result(String::new()), Ok(1));
    assert_eq!(mutable(String::new()), Ok(0));
    assert_eq!(recorded(String::new()), Ok(0));
    assert_eq!(conditional(String::new(), String::new()), Ok(0));
    drop(asynchronous(String::new()));
    drop(asynchronous_mutable(String::new()));
    drop(pattern((String::new(), 1)));
    assert_eq!(pattern_result((String::new(), Vec::new())), Ok(1));
    drop(function(String::new()));
    assert_eq!(function_result(String::new()), Ok(1));
}
