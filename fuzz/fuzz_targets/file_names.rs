//! Arbitrary names of files: parsing never panics, and a parsed name is the name of its role.
#![no_main]

#[path = "../checks/file_names.rs"]
mod file_names;

libfuzzer_sys::fuzz_target!(|lines: &[u8]| file_names::check(lines));
