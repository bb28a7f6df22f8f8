//! A body that stays where it is, whose exits are observed.
#![deny(warnings, unused_results)]
use std::panic::Location;

use telemetry_runtime::telemetry_span;

#[telemetry_span("a.ends")]
#[track_caller]
fn ends(n: u8) -> Result<u32, String> {
    if n == 1 {
        return std::process::exit(1);
    }
    Ok(Location::caller().line())
}

#[telemetry_span("a.tried")]
#[track_caller]
fn tried(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse::<u8>()?;
    Ok(Location::caller().line())
}

struct Owner(String);

impl Owner {
    #[telemetry_span("a.owned", err)]
    fn owned(mut self) -> Result<String, String> {
        self.0.parse::<u8>().map_err(|error| error.to_string())?;
        return todo!();
    }
}

fn main() {
    let _ = ends(2);
    let _ = tried("");
    let _ = Owner(String::new()).owned();
}
