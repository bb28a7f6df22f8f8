#![deny(warnings)]
use telemetry_runtime::{Config, Session, init};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    init(Config::at("home"))?;
    Session::start();
    Session::builder().project("p").start();
    Ok(())
}
