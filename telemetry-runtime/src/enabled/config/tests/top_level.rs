//! Settings of telemetry at the top level of the file.

use super::Home;

const BELOW: &str = "ignored, because the settings of telemetry are below `[telemetry]`; move";

#[test]
fn a_setting_above_the_table_or_without_it_has_a_warning() {
    for (text, place, moved) in [
        ("enabled = true", "1:1: `enabled`", "it"),
        (
            "enabled = true\ndir = 'x'\nmax_per_second = 5",
            "1:1: `enabled`",
            "`enabled`, `dir`, `max_per_second`",
        ),
        (
            "enabled = false\ntelemetry_dir = 'x'",
            "1:1: `enabled`",
            "it",
        ),
        ("log_content = true", "1:1: `log_content`", "it"),
        (
            "model = 'gpt-5'\nlog_content = true\nmax_total_bytes = '1 GiB'\nenabled = true\ndir = 'x'",
            "2:1: `log_content`",
            "`log_content`, `max_total_bytes`, `enabled`",
        ),
        (
            "emit_to_tracing = true\n[telemetry]\nenabled = true",
            "1:1: `emit_to_tracing`",
            "it",
        ),
        (
            "enabled = true\nmax_field_bytes = 64\n[telemetry.logs.debug]\nlevel = 'debug'",
            "2:1: `max_field_bytes`",
            "it",
        ),
    ] {
        assert_eq!(
            Home::new(text).warnings(),
            [format!(
                "config.toml:{place}: {BELOW} {moved} below such a line"
            )],
            "{text}"
        );
    }
}

#[test]
fn a_key_that_may_be_the_host_s_has_no_warning() {
    for text in [
        "model = 'gpt-5'\nenabled = true",
        "enabled = 1",
        "dir = 'x'",
        "max_per_second = 5",
        "enabled = true\n[logs]\nlevel = 2",
        "enabled = true\n[mcp]\nx = 1",
        "enabled = true\n[telemetry]\nenabled = true",
        "log_content = true\n[telemetry]\nlog_content = false",
        "[mcp]\nlog_content = true",
        "telemetry_dir = 'x'",
        "telemetry_id = 'x'",
        "telemetry_enabled = true\n[telemetry]\nenabled = true",
    ] {
        assert_eq!(Home::new(text).warnings(), [""; 0], "{text}");
    }
}

#[test]
fn a_key_with_the_name_of_the_table_in_it_has_a_warning() {
    for (text, key, meant) in [
        (
            "telemetry_enabled = true",
            "telemetry_enabled",
            "`telemetry.enabled`",
        ),
        (
            "telemetry-log-content = true",
            "telemetry-log-content",
            "`telemetry.log_content`",
        ),
        (
            "'telemetry.enabled' = true",
            "\"telemetry.enabled\"",
            "`telemetry.enabled`, without quotes",
        ),
        (
            "['telemetry.logs.debug']",
            "\"telemetry.logs.debug\"",
            "`[telemetry.logs.debug]`, without quotes",
        ),
    ] {
        let column = if text.starts_with('[') { 2 } else { 1 };
        assert_eq!(
            Home::new(text).warnings(),
            [format!(
                "config.toml:1:{column}: `{key}`: unknown, ignored; did you mean {meant}?"
            )]
        );
    }
}
