//! The seeds of the fuzz target `prices`, as a plain test.

#[path = "../../fuzz/checks/prices.rs"]
mod prices;

use std::fs;
use std::path::Path;

#[test]
fn every_seed_of_a_price_map_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/prices");
    let mut count = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        prices::check(&fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 7, "{count} seeds");
}
