//! Arbitrary JSON as the answers of a provider: nothing panics, a stream is a request, and parts are within their whole.
#![no_main]

#[path = "../checks/usage.rs"]
mod usage;

libfuzzer_sys::fuzz_target!(|lines: &[u8]| usage::check(lines));
