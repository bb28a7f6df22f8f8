//! The location is that of the caller, whatever the function returns.
#![deny(warnings)]
use std::panic::Location;

use telemetry_runtime::telemetry_span;

type Answer<T> = Result<T, String>;

#[telemetry_span("a.unit")]
#[track_caller]
fn plain() -> &'static Location<'static> {
    Location::caller()
}

#[track_caller]
#[telemetry_span("a.tail", err)]
fn tail() -> Answer<&'static Location<'static>> {
    Ok(Location::caller())
}

#[telemetry_span("a.early", fields(early), err(Debug), ret)]
#[track_caller]
fn early(early: bool) -> Answer<&'static Location<'static>> {
    if early {
        return Ok(Location::caller());
    }
    let value = Some(1).ok_or("none")?;
    let closure = |n: u8| -> Result<u8, String> {
        if n == 0 {
            return Err("zero".to_owned());
        }
        Ok("1".parse::<u8>().map_err(|error| error.to_string())? + n)
    };
    match closure(value)? {
        0 => return Err("none".to_owned()),
        _ => Ok(Location::caller()),
    }
}

#[telemetry_span("a.generic")]
#[track_caller]
fn generic<T>(value: Result<T, std::num::ParseIntError>) -> Result<T, Box<dyn std::error::Error>> {
    let value = value?;
    Ok(value)
}

#[telemetry_span("a.unwrap")]
#[track_caller]
fn unwrapping(value: Option<u8>) -> Answer<u8> {
    Ok(value.unwrap())
}

fn main() {
    assert_eq!(plain().line(), line!());
    assert_eq!(tail().unwrap().line(), line!());
    assert_eq!(early(false).unwrap().line(), line!());
    assert_eq!(early(true).unwrap().line(), line!());
    assert!(generic("a".parse::<u8>()).is_err());
    assert!(generic("1".parse::<u8>()).is_ok());
    let line = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let seen = std::sync::Arc::clone(&line);
    std::panic::set_hook(Box::new(move |info| {
        seen.store(info.location().unwrap().line(), std::sync::atomic::Ordering::SeqCst);
    }));
    let expected = line!() + 1;
    assert!(std::panic::catch_unwind(|| unwrapping(None)).is_err());
    drop(std::panic::take_hook());
    assert_eq!(line.load(std::sync::atomic::Ordering::SeqCst), expected);
}
