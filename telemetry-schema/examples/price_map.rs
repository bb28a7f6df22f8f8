//! Measures how long parsing a price map takes.
//!
//!     cargo run --release -p telemetry-schema --features records --example price_map -- \
//!         target/litellm/venv-*/lib/python3*/site-packages/litellm/model_prices_and_context_window_backup.json

use std::error::Error;
use std::time::Instant;

use telemetry_schema::pricing::PriceMap;

const ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("expected the path of a price map")?;
    let mut times = Vec::with_capacity(ROUNDS);
    let mut map = PriceMap::default();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let text = std::fs::read_to_string(&path)?;
        map = PriceMap::parse(&text)?;
        times.push(started.elapsed());
        bytes = text.len();
    }
    times.sort();
    println!(
        "{bytes} bytes, {} models with a price, {} invalid",
        map.len(),
        map.invalid().0
    );
    println!("fastest {:?}, median {:?}", times[0], times[ROUNDS / 2]);
    Ok(())
}
