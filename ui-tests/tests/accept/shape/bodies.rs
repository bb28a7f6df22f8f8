#![deny(warnings)]
use telemetry_runtime::telemetry_span;

#[telemetry_span("a.early")]
fn early(n: u8) -> u8 {
    if n > 3 {
        return n;
    }
    let Some(m) = n.checked_sub(1) else {
        return 0;
    };
    'outer: loop {
        for _ in 0..m {
            break 'outer;
        }
        return 1;
    }
    m
}

#[telemetry_span("a.early.result")]
fn early_result(n: u8) -> Result<u8, String> {
    let Some(m) = n.checked_sub(1) else {
        return Err("none".into());
    };
    Ok(m)
}

#[telemetry_span("a.recursive", fields(n))]
fn recursive(n: u8) -> Result<u8, String> {
    if n == 0 { Ok(0) } else { Ok(recursive(n - 1)? + 1) }
}

#[telemetry_span("a.patterns")]
fn patterns((a, mut b): (u8, u8), _: u8, [c, ..]: [u8; 3], mut d: u8, &e: &u8) -> Result<u8, ()> {
    b += 1;
    d += 1;
    Ok(a + b + c + d + e)
}

#[telemetry_span("a.nested")]
fn nested(n: u8) -> Result<u8, String> {
    const ONE: u8 = 1;

    #[telemetry_span("a.nested.inner", fields(n))]
    fn inner(n: u8) -> Result<u8, String> {
        Ok(n + ONE)
    }

    inner(n)
}

#[telemetry_span("a.expression")]
fn expression(n: u8) -> u8 { n }

#[telemetry_span("a.match")]
fn matched(n: Option<u8>) -> u8 {
    match n {
        Some(n) => n,
        None => 0,
    }
}

#[telemetry_span("a.inner.attributes")]
fn inner_attributes() -> Result<u8, String> {
    //! Documented by an inner attribute.
    #![expect(unused_variables)]
    let unused = 1;
    Ok(1)
}

#[telemetry_span("a.raw", fields(r#type, other = r#type + 1))]
fn r#match(r#type: u8) -> u8 {
    r#type
}

#[telemetry_span("a.moved")]
fn moved(text: String, keep: bool) -> Result<Option<String>, String> {
    if keep {
        return Ok(Some(text));
    }
    drop(text);
    Ok(None)
}

macro_rules! written {
    ($name:ident, $span:literal, $value:expr, $ty:ty) => {
        #[telemetry_span($span, fields(value = $value), level = "debug")]
        fn $name(n: u8) -> $ty {
            Ok(n + $value)
        }
    };
}
written!(by_a_macro, "a.written", 1 + 2, Result<u8, String>);

fn main() {
    assert_eq!([0, 1, 2, 4].map(early), [0, 1, 1, 4]);
    assert!(early_result(0).is_err());
    assert_eq!(recursive(9), Ok(9));
    assert_eq!(patterns((1, 2), 0, [3, 0, 0], 4, &5), Ok(17));
    assert_eq!(nested(1), Ok(2));
    assert_eq!(expression(1), 1);
    assert_eq!(matched(None), 0);
    assert_eq!(inner_attributes(), Ok(1));
    assert_eq!(r#match(1), 1);
    assert_eq!(moved("a".to_owned(), true), Ok(Some("a".to_owned())));
    assert_eq!(moved("a".to_owned(), false), Ok(None));
    assert_eq!(by_a_macro(1), Ok(4));
}
