//! Arbitrary bytes as `config.toml`: reading never panics, and both ways to read agree.
#![no_main]

#[path = "../checks/config.rs"]
mod config;

libfuzzer_sys::fuzz_target!(|content: &[u8]| config::check(content));
