//! The seeds of the fuzz target `file_names`, as a plain test.

#[path = "../../fuzz/checks/file_names.rs"]
mod file_names;

use std::fs;
use std::path::Path;

#[test]
fn every_seed_of_file_names_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/file_names");
    let mut count = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        file_names::check(&fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 4, "{count} seeds");
}
