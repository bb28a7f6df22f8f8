//! Numbers of bytes that are nearly valid.

use super::Home;

#[test]
fn a_size_that_is_nearly_valid_has_a_suggestion() {
    for (written, meant) in [
        ("'1g'", "\"1 GiB\""),
        ("'100M'", "\"100 MiB\""),
        ("'2048k'", "\"2 MiB\""),
        ("'1 TiB'", "\"1024 GiB\""),
        ("'1 TB'", "\"1000 GB\""),
        ("'100 megabytes'", "\"100 MB\""),
        ("'100_000_000'", "100000000"),
        ("'100,000,000'", "100000000"),
        ("'1.5 GB'", "\"1500 MB\""),
        ("'0.1 GiB'", ""),
        ("1.5e8", "150000000"),
        ("2_000_000.0", "2000000"),
        ("'unlimited'", "0"),
        ("inf", "0"),
        ("'1 kg'", ""),
        ("'-1 MiB'", ""),
        ("'MiB'", ""),
        ("''", ""),
        ("'1.2.3 GiB'", ""),
        ("'0.5 MiB'", ""),
        ("'1e400'", ""),
        ("1e400", ""),
        ("nan", ""),
        ("true", ""),
    ] {
        let error = Home::new(&format!("telemetry.max_total_bytes = {written}")).error();
        let question = match meant {
            "" => String::new(),
            meant => format!("; did you mean {meant}?"),
        };
        let end = format!(": at least 1048576 bytes, or 0 (never prune){question}");
        assert!(error.ends_with(&end), "{error}");
    }
}

#[test]
fn the_smallest_budget_of_a_message_is_that_of_the_logs() {
    let logs = |count: usize| -> String {
        let log = |log| format!("[telemetry.logs.l{log}]\nfile = '{log}.jsonl'\n");
        (0..count).map(log).collect()
    };
    for (budget, found, bytes) in [
        ("4096", "the integer 4096", 104_857_600),
        ("1048576", "the integer 1048576", 1_310_720),
    ] {
        let home = Home::new(&format!(
            "[telemetry]\nmax_total_bytes = {budget}\n{}",
            logs(5)
        ));
        assert_eq!(
            home.error(),
            format!(
                "config.toml:2:19: `telemetry.max_total_bytes`: found {found}; allowed: at least 1310720 bytes with 8 logs, or 0 \
                 (never prune)"
            )
        );
        assert_eq!(home.load_or_default(Some(true)).max_total_bytes, bytes);
    }
}
