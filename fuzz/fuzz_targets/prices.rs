//! Arbitrary bytes as a price map: reading and pricing never panic, and parts are limited to their whole.
#![no_main]

#[path = "../checks/prices.rs"]
mod prices;

libfuzzer_sys::fuzz_target!(|content: &[u8]| prices::check(content));
