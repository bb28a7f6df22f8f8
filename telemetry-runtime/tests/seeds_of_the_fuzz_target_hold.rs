//! The seeds of the fuzz target `config`, as a plain test.

#[path = "../../fuzz/checks/config.rs"]
mod config;

use std::fs;
use std::path::Path;

#[test]
fn every_seed_of_a_configuration_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/config");
    let mut count = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        config::check(&fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 7, "{count} seeds");
}
