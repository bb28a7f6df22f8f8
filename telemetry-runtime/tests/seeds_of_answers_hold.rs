//! The seeds of the fuzz target `usage`, as a plain test.

#[path = "../../fuzz/checks/usage.rs"]
mod usage;

use std::fs;
use std::path::Path;

#[test]
fn every_seed_of_an_answer_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/usage");
    let mut count = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        usage::check(&fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 15, "{count} seeds");
}
