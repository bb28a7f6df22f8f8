//! Every public function returns at any time that the system clock may show, with telemetry on and off.

use std::process::Command;

use writer_tests::home::Home;
use writer_tests::preloaded::Clock;

/// Seconds since 1970: the limits of the clock, of 32 bits, of ids and of years with four digits, and both sides of 1970.
const TIMES: [i64; 13] = [
    i64::MIN,
    i64::MIN / 1_000_000_000,
    -62_167_219_201,
    -2_147_483_649,
    -1,
    0,
    2_147_483_648,
    18_446_744_074,
    253_402_300_800,
    281_474_976_711,
    i64::MAX / 1_000_000_000 + 1,
    i64::MAX / 1000,
    i64::MAX,
];

#[test]
fn every_call_returns_at_the_extremes_of_the_clock() {
    let Some(clock) = Clock::new() else { return };
    for enabled in [true, false] {
        for seconds in TIMES {
            clock.stand_still(seconds);
            let home = Home::new("");
            if !enabled {
                let config = "[telemetry]\nenabled = false\n";
                std::fs::write(home.path().join("config.toml"), config).expect("room");
            }
            let output = Command::new(env!("CARGO_BIN_EXE_every_call"))
                .arg(home.path())
                .env_remove("CODEX_TELEMETRY")
                .envs(clock.environment())
                .output()
                .expect("the binary starts");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{seconds} {enabled}: {}: {stderr}",
                output.status
            );
            assert_eq!(stderr, "", "{seconds} {enabled}");
            // The drop of the home validates every record.
        }
    }
}

/// Shows why the runtime builds its ids itself: the constructor of the library panics before 1970.
#[test]
fn the_library_of_ids_panics_before_1970() {
    let Some(clock) = Clock::new() else { return };
    for (seconds, end) in [(-1, "panics"), (1, "returns")] {
        clock.stand_still(seconds);
        let output = Command::new(env!("CARGO_BIN_EXE_libraries_panic"))
            .envs(clock.environment())
            .output()
            .expect("the binary starts");
        let printed = String::from_utf8_lossy(&output.stdout);
        let expected = format!("uuid::Uuid::now_v7 {end}");
        assert!(printed.contains(&expected), "{seconds}: {printed}");
    }
}
