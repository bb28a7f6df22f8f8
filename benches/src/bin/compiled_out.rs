//! Annotated and bare code without the feature `telemetry-runtime/enabled`. Prints nanoseconds for
//! `cargo bench -p benches`, which builds this program alone, so that no other crate enables the
//! feature.

use std::hint::black_box;
use std::process::ExitCode;

use benches::{document, interleave, median};
use telemetry_runtime::telemetry_span;

mod bare {
    benches::byte_parser!({} {});
}
mod annotated {
    benches::byte_parser!({ #[telemetry_runtime::telemetry_span("parser.byte")] } { #[telemetry_runtime::telemetry_span("parser.token")] });
}

#[inline(never)]
fn call(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
#[telemetry_span("bench.fields", fields(source, count, ok))]
fn annotated_call(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

fn main() -> ExitCode {
    if size_of::<telemetry_runtime::__private_0_1_0::SpanGuard>() != 0 {
        eprintln!(
            "the feature telemetry-runtime/enabled is enabled; build this program alone with `-p benches --bin compiled_out`"
        );
        return ExitCode::FAILURE;
    }
    let calls = interleave(
        100,
        100_000,
        &mut [
            ("bare", &mut |n| {
                for i in 0..n {
                    black_box(call(black_box("litellm"), black_box(i), black_box(true)));
                }
            }),
            ("annotated", &mut |n| {
                for i in 0..n {
                    let (source, ok) = (black_box("litellm"), black_box(true));
                    black_box(annotated_call(source, black_box(i), ok));
                }
            }),
        ],
    );
    let text = document();
    let parses = interleave(
        100,
        5,
        &mut [
            ("bare", &mut |n| {
                for _ in 0..n {
                    let _ = black_box(bare::checksum(black_box(&text)));
                }
            }),
            ("annotated", &mut |n| {
                for _ in 0..n {
                    let _ = black_box(annotated::checksum(black_box(&text)));
                }
            }),
        ],
    );
    println!("call_bare_ns {}", median(&calls[0]));
    println!("call_ns {}", median(&calls[1]));
    println!("parse_bare_ns {}", median(&parses[0]));
    println!("parse_ns {}", median(&parses[1]));
    ExitCode::SUCCESS
}
