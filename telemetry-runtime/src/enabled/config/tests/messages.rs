//! The exact message of each mistake.

use super::Home;

// The messages contain paths, which differ on other platforms.
#[cfg(unix)]
#[test]
fn each_mistake_has_its_message() {
    let found = ERRORS.iter().map(|(text, _)| Home::new(text).error());
    let expected = ERRORS.iter().map(|(_, expected)| *expected);
    let wrong: Vec<_> = found.zip(expected).filter(|(a, b)| a != b).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_idle_key_has_its_warning() {
    for (text, expected) in WARNINGS {
        assert_eq!(Home::new(text).warnings(), [*expected], "{text}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_in_one_error() {
    let home = Home::new(
        "[telemetry.logs.debug]\nlevel = 'loud'\n[telemetry]\nenabled = 1\nlog_content = 0\nextra = 1",
    );
    let error = home.load().unwrap_err();
    assert_eq!(error.key(), Some("telemetry.logs.debug.level"));
    assert_eq!(error.position(), Some((2, 9)));
    assert_eq!(error.file(), Some(&*home.path().join("config.toml")));
    let others: Vec<_> = error
        .others()
        .iter()
        .map(|other| other.key().unwrap())
        .collect();
    assert_eq!(others, ["telemetry.enabled", "telemetry.log_content"]);
    assert_eq!(
        home.error(),
        "config.toml:2:9: `telemetry.logs.debug.level`: found the string \"loud\"; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"\n\
         config.toml:4:11: `telemetry.enabled`: found the integer 1; allowed: true or false; did you mean true?\n\
         config.toml:5:15: `telemetry.log_content`: found the integer 0; allowed: true or false; did you mean false?"
    );
}

#[test]
fn the_65th_log_is_refused() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for log in 4..=64 {
        let _ = writeln!(text, "[telemetry.logs.l{log}]\nfile = '{log}.jsonl'");
    }
    assert_eq!(Home::new(&text).load().unwrap().logs.len(), 64);
    text.push_str("[telemetry.logs.tui]\nenabled = false\n[telemetry.logs.x]\nfile = 'x.jsonl'");
    assert_eq!(
        Home::new(&text).error(),
        "config.toml:125:17: `telemetry.logs.x`: found one log too many; allowed: 64, debug, session, tui among them"
    );
}

#[test]
fn more_logs_need_a_larger_budget() {
    use std::fmt::Write as _;
    let text = |budget: &str, further: usize| {
        let mut text = format!("[telemetry]\nmax_total_bytes = {budget}\n");
        for log in 0..further {
            let _ = writeln!(text, "[telemetry.logs.l{log}]\nfile = '{log}.jsonl'");
        }
        Home::new(&text)
    };
    assert!(text("'1 MiB'", 3).load().is_ok());
    assert_eq!(
        text("'1 MiB'", 4).error(),
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"1 MiB\"; allowed: at least 2 MiB with 7 logs, or 0 (never prune)"
    );
    assert!(text("1179648", 4).load().is_ok());
    assert!(text("8650752", 61).load().is_ok());
    assert!(text("8650751", 61).load().is_err());
    assert!(text("0", 61).load().is_ok());
}

#[test]
fn sizes_are_read_with_and_without_units() {
    for (written, bytes) in [
        ("0", 0),
        ("1_048_576", 1 << 20),
        ("0x100000", 1 << 20),
        ("\"1 MiB\"", 1 << 20),
        ("\"1024KiB\"", 1 << 20),
        ("\" 2 GiB \"", 2 << 30),
        ("\"3 gb\"", 3_000_000_000),
        ("\"2 MB\"", 2_000_000),
        ("\"2000 kB\"", 2_000_000),
        ("\"1048576 B\"", 1 << 20),
        ("\"1048576\"", 1 << 20),
        ("\"0 MiB\"", 0),
        ("9223372036854775807", i64::MAX as u64),
    ] {
        let config = Home::new(&format!("telemetry.max_total_bytes = {written}")).load();
        assert_eq!(config.unwrap().max_total_bytes, bytes, "{written}");
    }
}

#[cfg(unix)]
const ERRORS: &[(&str, &str)] = &[
    (
        "telemetry = true",
        "config.toml:1:1: `telemetry`: found the boolean true; allowed: one table, [telemetry]",
    ),
    (
        "[[telemetry]]\nenabled = true",
        "config.toml:1:3: `telemetry`: found an array of tables; allowed: one table, [telemetry]",
    ),
    (
        "[telemetry]\nenabled = \"yes\"",
        "config.toml:2:11: `telemetry.enabled`: found the string \"yes\"; allowed: true or false; did you mean true?",
    ),
    (
        "[telemetry]\nenabled = \"true\"",
        "config.toml:2:11: `telemetry.enabled`: found the string \"true\"; allowed: true or false; did you mean true?",
    ),
    (
        "[telemetry]\nenabled = 1",
        "config.toml:2:11: `telemetry.enabled`: found the integer 1; allowed: true or false; did you mean true?",
    ),
    (
        "telemetry.log_content = [true]",
        "config.toml:1:25: `telemetry.log_content`: found an array; allowed: true or false",
    ),
    (
        "[telemetry]\ndir = 7",
        "config.toml:2:7: `telemetry.dir`: found the integer 7; allowed: a path: absolute, relative, or from `~/`",
    ),
    (
        "[telemetry]\ndir = ''",
        "config.toml:2:7: `telemetry.dir`: found the string \"\"; allowed: a path: absolute, relative, or from `~/`",
    ),
    (
        "[telemetry]\ndir = \"a\\u0000b\"",
        "config.toml:2:7: `telemetry.dir`: found the string \"a\\u0000b\"; allowed: a path: absolute, relative, or from `~/`, without control characters",
    ),
    (
        "[telemetry]\ndir = '~ada/logs'",
        "config.toml:2:7: `telemetry.dir`: found the string \"~ada/logs\"; allowed: a path: absolute, relative, or from `~/`; `~name` is not expanded",
    ),
    (
        "[telemetry]\nmax_total_bytes = 4096",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the integer 4096; allowed: at least 1048576 bytes, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_total_bytes = -1",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the integer -1; allowed: a whole number of bytes, or a string such as \"100 MiB\" (B, kB, MB, GB, KiB, MiB, GiB): at least 1048576 bytes, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_total_bytes = 1e8",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the float 1e8; allowed: a whole number of bytes, or a string such as \"100 MiB\" (B, kB, MB, GB, KiB, MiB, GiB): at least 1048576 bytes, or 0 (never prune); did you mean 100000000?",
    ),
    (
        "[telemetry]\nmax_total_bytes = '1.5 GiB'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"1.5 GiB\"; allowed: a whole number of bytes, or a string such as \"100 MiB\" (B, kB, MB, GB, KiB, MiB, GiB): at least 1048576 bytes, or 0 (never prune); did you mean \"1536 MiB\"?",
    ),
    (
        "[telemetry]\nmax_total_bytes = '100 Mio'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"100 Mio\"; allowed: a whole number of bytes, or a string such as \"100 MiB\" (B, kB, MB, GB, KiB, MiB, GiB): at least 1048576 bytes, or 0 (never prune); did you mean \"100 MiB\"?",
    ),
    (
        "[telemetry]\nmax_total_bytes = '99999999999 GiB'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"99999999999 GiB\"; allowed: 1 to 8589934591 GiB, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_total_bytes = '99999999999999999999'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"99999999999999999999\"; allowed: 1048576 to 9223372036854775807 bytes, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_total_bytes = '100'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"100\"; allowed: at least 1048576 bytes, or 0 (never prune); did you mean \"100 MiB\"?",
    ),
    (
        "[telemetry]\nmax_total_bytes = 100",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the integer 100; allowed: at least 1048576 bytes, or 0 (never prune); did you mean \"100 MiB\"?",
    ),
    (
        "[telemetry]\nmax_field_bytes = '4'",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the string \"4\"; allowed: 16 to 32768 bytes; did you mean \"4 KiB\"?",
    ),
    (
        "[telemetry]\nemit_to_tracing = ' On '",
        "config.toml:2:19: `telemetry.emit_to_tracing`: found the string \" On \"; allowed: true or false; did you mean true?",
    ),
    (
        "[telemetry.logs.tui]\nenabled = 'no'",
        "config.toml:2:11: `telemetry.logs.tui.enabled`: found the string \"no\"; allowed: true or false; did you mean false?",
    ),
    (
        "[telemetry.logs.debug]\nsample = { 'display.*' = '0.1' }",
        "config.toml:2:26: `telemetry.logs.debug.sample.\"display.*\"`: found the string \"0.1\"; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01; did you mean 0.1, without quotes?",
    ),
    (
        "[telemetry.pricing.m]\ninput_cost_per_token = '6e-7'\nmax_input_tokens = '128000'",
        "config.toml:2:24: `telemetry.pricing.m.input_cost_per_token`: found the string \"6e-7\"; allowed: dollars for one token such as 1.5e-7, from 0 to 1000, with at most 28 decimals; did you mean 6e-7, without quotes?\n\
         config.toml:3:20: `telemetry.pricing.m.max_input_tokens`: found the string \"128000\"; allowed: a number of tokens such as 128000; did you mean 128000, without quotes?",
    ),
    (
        "[telemetry.logs.debug]\nsample = { 'chat.*' = 0.1, 'chat.*' = 0.2 }",
        "config.toml:2:28: is not valid TOML: duplicate key `telemetry.logs.debug.sample.\"chat.*\"`; the first one is at 2:12",
    ),
    (
        "[telemetry.logs.tui]\nfilter = 'info,a=loud,b=debgu'",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found the string \"info,a=loud,b=debgu\" (`loud` is not a level); allowed: directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"\n\
         config.toml:2:10: `telemetry.logs.tui.filter`: found the string \"info,a=loud,b=debgu\" (`debgu` is not a level); allowed: directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"; did you mean \"debug\"?",
    ),
    (
        "[telemetry]\nmax_total_bytes = '512 kB'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"512 kB\"; allowed: at least 1049 kB, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_total_bytes = '1 KB'",
        "config.toml:2:19: `telemetry.max_total_bytes`: found the string \"1 KB\"; allowed: at least 1049 kB, or 0 (never prune)",
    ),
    (
        "[telemetry]\nmax_field_bytes = '1 MiB'",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the string \"1 MiB\"; allowed: 16 to 32768 bytes",
    ),
    (
        "[telemetry]\nmax_field_bytes = '64 KiB'",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the string \"64 KiB\"; allowed: 1 to 32 KiB",
    ),
    (
        "[telemetry]\nmax_field_bytes = 0",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the integer 0; allowed: 16 to 32768 bytes",
    ),
    (
        "[telemetry]\nmax_field_bytes = '1 MiB'",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the string \"1 MiB\"; allowed: 16 to 32768 bytes",
    ),
    (
        "[telemetry]\nmax_field_bytes = '4k'",
        "config.toml:2:19: `telemetry.max_field_bytes`: found the string \"4k\"; allowed: a whole number of bytes, or a string such as \"4 KiB\" (B, kB, MB, GB, KiB, MiB, GiB): 16 to 32768 bytes; did you mean \"4 KiB\"?",
    ),
    (
        "[telemetry.logs.debug]\ntargets = ['hyper=verbose']",
        "config.toml:2:12: `telemetry.logs.debug.targets[0]`: found the string \"hyper=verbose\" (`verbose` is not a level); allowed: a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"; did you mean \"debug\"?",
    ),
    (
        "[telemetry]\nmax_per_second = 0",
        "config.toml:2:18: `telemetry.max_per_second`: found the integer 0; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
    ),
    (
        "[telemetry]\nmax_per_second = -5",
        "config.toml:2:18: `telemetry.max_per_second`: found the integer -5; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
    ),
    (
        "[telemetry]\nmax_per_second = 4294967296",
        "config.toml:2:18: `telemetry.max_per_second`: found the integer 4294967296; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
    ),
    (
        "[telemetry]\nmax_per_second = '100'",
        "config.toml:2:18: `telemetry.max_per_second`: found the string \"100\"; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records; did you mean 100, without quotes?",
    ),
    (
        "[telemetry]\nmax_per_second = 2.5",
        "config.toml:2:18: `telemetry.max_per_second`: found the float 2.5; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
    ),
    (
        "[telemetry]\nmax_per_second = false",
        "config.toml:2:18: `telemetry.max_per_second`: found the boolean false; allowed: a whole number of records, 1 to 4294967295; leave `max_per_second` out for no limit, or say `enabled = false` for no records",
    ),
    (
        "[telemetry]\nlogs = 'all'",
        "config.toml:2:1: `telemetry.logs`: found the string \"all\"; allowed: tables such as [telemetry.logs.debug]; did you mean `dir` below [telemetry]?",
    ),
    (
        "[telemetry]\npricing = 'prices.json'",
        "config.toml:2:1: `telemetry.pricing`: found the string \"prices.json\"; allowed: tables such as [telemetry.pricing.\"gpt-4o-mini\"]; did you mean `pricing.price_map` below [telemetry]?",
    ),
    (
        "[telemetry.logs]\nlevel = 'info'",
        "config.toml:2:1: `telemetry.logs.level`: found the string \"info\"; allowed: a table of a log; did you mean `logs.debug.level`?",
    ),
    (
        "[telemetry.logs]\nfilter = ['codex_core=debug']",
        "config.toml:2:1: `telemetry.logs.filter`: found an array; allowed: a table of a log; did you mean `logs.tui.filter`?",
    ),
    (
        "[telemetry.logs]\ndebug = false",
        "config.toml:2:1: `telemetry.logs.debug`: found the boolean false; allowed: a table; did you mean { enabled = false }?",
    ),
    (
        "[telemetry.logs]\nmine = 2026-11-22",
        "config.toml:2:1: `telemetry.logs.mine`: found the time 2026-11-22; allowed: one table, [telemetry.logs.mine]",
    ),
    (
        "[telemetry.logs.Mine]\nfile = 'x'",
        "config.toml:1:17: `telemetry.logs.\"Mine\"`: found \"Mine\" as the name of a log; allowed: lower-case letters, digits, `_` and `-`, a letter first; did you mean `mine`?",
    ),
    (
        "[telemetry.logs.'a b']\nfile = 'x'",
        "config.toml:1:17: `telemetry.logs.\"a b\"`: found \"a b\" as the name of a log; allowed: lower-case letters, digits, `_` and `-`, a letter first",
    ),
    (
        "[telemetry.logs.\"\\u001b\"]\nfile = 'x'",
        "config.toml:1:17: `telemetry.logs.\"\\u001B\"`: found \"\\u001B\" as the name of a log; allowed: lower-case letters, digits, `_` and `-`, a letter first",
    ),
    (
        "[telemetry.logs.my.log]\nfile = 'x.jsonl'",
        "config.toml:1:17: `telemetry.logs.my`: a further log needs a `file = \"…\"`; the name of a log has no dot; did you mean `[telemetry.logs.my_log]`?",
    ),
    (
        "[telemetry.logs.logs.debug]\nlevel = 'info'",
        "config.toml:1:17: `telemetry.logs.logs`: a further log needs a `file = \"…\"`; the name of a log has no dot; did you mean `[telemetry.logs.debug]`?",
    ),
    (
        "[[telemetry.logs.debug]]\nlevel = 'info'",
        "config.toml:1:18: `telemetry.logs.debug`: found an array of tables; allowed: one table, [telemetry.logs.debug]",
    ),
    (
        "[telemetry.logs.tui]\nfile = '/'",
        "config.toml:2:8: `telemetry.logs.tui.file`: found the string \"/\"; allowed: a path that ends in a file's name",
    ),
    (
        "[telemetry.logs.tui]\nfile = '/usr/bin'",
        "config.toml:2:8: `telemetry.logs.tui.file`: found \"/usr/bin\", which is a directory; allowed: a path that ends in a file's name",
    ),
    (
        "[telemetry]\ndir = 'file:///tmp/logs'",
        "config.toml:2:7: `telemetry.dir`: found the string \"file:///tmp/logs\"; allowed: a path: absolute, relative, or from `~/`, and not a URL",
    ),
    (
        "[telemetry]\ndir = '  '",
        "config.toml:2:7: `telemetry.dir`: found the string \"  \"; allowed: a path: absolute, relative, or from `~/`",
    ),
    (
        "[telemetry.logs.debug]\nlevel = 'verbose'",
        "config.toml:2:9: `telemetry.logs.debug.level`: found the string \"verbose\"; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"; did you mean \"debug\"?",
    ),
    (
        "[telemetry.logs.debug]\nlevel = 'off'",
        "config.toml:2:9: `telemetry.logs.debug.level`: found the string \"off\"; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"; for no records, say `enabled = false` instead",
    ),
    (
        "[telemetry.logs.debug]\ninclude = ['agent.*,model.*', '*.request', 7, 'agent::turn', 'é']",
        "config.toml:2:12: `telemetry.logs.debug.include[0]`: found the string \"agent.*,model.*\"; allowed: an element for each of them; did you mean \"agent.*\", \"model.*\"?\n\
         config.toml:2:31: `telemetry.logs.debug.include[1]`: found the string \"*.request\" (`*` is not allowed); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"; a `*` stands alone or at the end, behind a dot\n\
         config.toml:2:44: `telemetry.logs.debug.include[2]`: found the integer 7; allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"\n\
         config.toml:2:47: `telemetry.logs.debug.include[3]`: found the string \"agent::turn\" (`:` is not allowed); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"; did you mean \"agent.turn\"?\n\
         config.toml:2:62: `telemetry.logs.debug.include[4]`: found the string \"é\" (`é` is not allowed); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"",
    ),
    (
        "[telemetry.logs.debug]\nsample = { display.prompt = 0.1 }",
        "config.toml:2:12: `telemetry.logs.debug.sample.display`: found a table; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01; a name with a dot needs quotes: \"display.prompt\"",
    ),
    (
        "[telemetry.logs.debug]\nsample = { 'display.*' = 10 }",
        "config.toml:2:26: `telemetry.logs.debug.sample.\"display.*\"`: found the integer 10; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01; did you mean 0.1?",
    ),
    (
        "[telemetry.logs.debug]\ntargets = ['hyper=info,codex=debug']",
        "config.toml:2:12: `telemetry.logs.debug.targets[0]`: found the string \"hyper=info,codex=debug\"; allowed: an element for each of them; did you mean \"hyper=info\", \"codex=debug\"?",
    ),
    (
        "[telemetry.logs.tui]\nfilter = 'info;hyper=off'",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found the string \"info;hyper=off\" (`;` is not allowed in a target); allowed: directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"",
    ),
    (
        "[telemetry.logs.sesion]\nenabled = false",
        "config.toml:1:17: `telemetry.logs.sesion`: a further log needs a `file = \"…\"`; did you mean `session`?",
    ),
    (
        "[telemetry.logs.audit]\nlevel = 'warn'",
        "config.toml:1:17: `telemetry.logs.audit`: a further log needs a `file = \"…\"`; only debug, session, tui, tui_stream have a default one",
    ),
    (
        "[telemetry.logs.audit]\nfile = 7",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the integer 7; allowed: a path: absolute, relative, or from `~/`",
    ),
    (
        "[telemetry.logs.audit]\nfile = '../audit.jsonl'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \"../audit.jsonl\"; allowed: a path without `..`: below the log directory, or absolute",
    ),
    (
        "[telemetry.logs.audit]\nfile = '/var/../audit.jsonl'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \"/var/../audit.jsonl\"; allowed: a path without `..`: below the log directory, or absolute",
    ),
    (
        "[telemetry.logs.audit]\nfile = 'audit/'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \"audit/\"; allowed: a path that ends in a file's name",
    ),
    (
        "[telemetry.logs.audit]\nfile = '.'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \".\"; allowed: a path that ends in a file's name",
    ),
    (
        "[telemetry.logs.audit]\nfile = '/'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \"/\"; allowed: a path that ends in a file's name",
    ),
    (
        "[telemetry.logs.audit]\nfile = 'codex-tui.20261122T185400Z-4242.log'",
        "config.toml:2:8: `telemetry.logs.audit.file`: found the string \"codex-tui.20261122T185400Z-4242.log\"; allowed: a name without a time and a process id, which closed segments have",
    ),
    (
        "[telemetry.logs.debug]\nfile = '/tmp/20261122T185400Z-7.1.jsonl'",
        "config.toml:2:8: `telemetry.logs.debug.file`: found the string \"/tmp/20261122T185400Z-7.1.jsonl\"; allowed: a name without a time and a process id, which closed segments have",
    ),
    (
        "[telemetry.logs.audit]\nfile = 'Codex-TUI.log'",
        "config.toml:2:1: `telemetry.logs.audit.file`: found \"logs/Codex-TUI.log\", which is the file of `telemetry.logs.tui`; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.tui]\nfile = 'a.log'\n[telemetry.logs.audit]\nfile = './a.log'",
        "config.toml:4:1: `telemetry.logs.audit.file`: found \"logs/a.log\", which is the file of `telemetry.logs.tui`; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.audit]\nfile = 'codex-litellm-usage-rollup.jsonl'",
        "config.toml:2:1: `telemetry.logs.audit.file`: found \"logs/codex-litellm-usage-rollup.jsonl\", which is where the sums of pruned turns go; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.session]\nfile = '/srv/a/s.jsonl'\n[telemetry.logs.audit]\nfile = '/srv/a/codex-litellm-usage-rollup.jsonl'",
        "config.toml:4:1: `telemetry.logs.audit.file`: found \"/srv/a/codex-litellm-usage-rollup.jsonl\", which is where the sums of pruned turns go; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.session]\nfile = 'codex-litellm-usage-rollup.jsonl'",
        "config.toml:2:1: `telemetry.logs.session.file`: found \"logs/codex-litellm-usage-rollup.jsonl\", which is where the sums of pruned turns go; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.audit]\nfile = 'codex-litellm-usage-rollup.jsonl.new'",
        "config.toml:2:1: `telemetry.logs.audit.file`: found \"logs/codex-litellm-usage-rollup.jsonl.new\", which is where the next sums of pruned turns are written; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.audit]\nfile = '/srv/.Telemetry.lock'",
        "config.toml:2:1: `telemetry.logs.audit.file`: found \"/srv/.Telemetry.lock\", which is the lock of its directory; allowed: a file of its own",
    ),
    (
        "[telemetry]\ndir = '.'\n[telemetry.logs.audit]\nfile = 'config.toml'",
        "config.toml:4:1: `telemetry.logs.audit.file`: found \"config.toml\", which is this configuration; allowed: a file of its own",
    ),
    (
        "[telemetry.logs.debug]\nlevel = 'inof'",
        "config.toml:2:9: `telemetry.logs.debug.level`: found the string \"inof\"; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"; did you mean \"info\"?",
    ),
    (
        "[telemetry.logs.debug]\nlevel = 3",
        "config.toml:2:9: `telemetry.logs.debug.level`: found the integer 3; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
    ),
    (
        "[telemetry.logs.debug]\nlevel = 'INFO'",
        "config.toml:2:9: `telemetry.logs.debug.level`: found the string \"INFO\"; allowed: \"error\", \"warn\", \"info\", \"debug\", \"trace\"; did you mean \"info\"?",
    ),
    (
        "[telemetry.logs.debug]\nsample = 0.01",
        "config.toml:2:10: `telemetry.logs.debug.sample`: found the float 0.01; allowed: a table of families and rates such as { \"display.*\" = 0.01 }",
    ),
    (
        "[telemetry.logs.debug]\nsample = { 'display.*' = 1.5 }",
        "config.toml:2:26: `telemetry.logs.debug.sample.\"display.*\"`: found the float 1.5; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01",
    ),
    (
        "[telemetry.logs.debug]\nsample = { display = -1 }",
        "config.toml:2:22: `telemetry.logs.debug.sample.display`: found the integer -1; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01",
    ),
    (
        "[telemetry.logs.debug]\nsample = { display = nan }",
        "config.toml:2:22: `telemetry.logs.debug.sample.display`: found the float nan; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01",
    ),
    (
        "[telemetry.logs.debug]\nsample = { display = '1 %' }",
        "config.toml:2:22: `telemetry.logs.debug.sample.display`: found the string \"1 %\"; allowed: a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01; did you mean 0.01?",
    ),
    (
        "[telemetry.logs.debug.sample]\n'Display.*' = 0.5",
        "config.toml:2:1: `telemetry.logs.debug.sample.\"Display.*\"`: found as a family (`D` is not allowed); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"; did you mean \"display.*\"?",
    ),
    (
        "[telemetry.logs.debug]\nspan_events = 'both'",
        "config.toml:2:15: `telemetry.logs.debug.span_events`: found the string \"both\"; allowed: \"close\", \"full\"",
    ),
    (
        "[telemetry.logs.debug]\nspan_events = true",
        "config.toml:2:15: `telemetry.logs.debug.span_events`: found the boolean true; allowed: \"close\", \"full\"",
    ),
    (
        "[telemetry.logs.debug]\ninclude = 'model.*'",
        "config.toml:2:11: `telemetry.logs.debug.include`: found the string \"model.*\"; allowed: an array of \"*\", a family such as \"model.*\", or a name such as \"model.request\"; did you mean [\"model.*\"]?",
    ),
    (
        "[telemetry.logs.debug]\ninclude = []",
        "config.toml:2:11: `telemetry.logs.debug.include`: found an empty array; allowed: at least one family; leave `include` out for all, or say `enabled = false` for none",
    ),
    (
        "[telemetry.logs.debug]\ninclude = ['model.*', 'ModelSelection.*']",
        "config.toml:2:23: `telemetry.logs.debug.include[1]`: found the string \"ModelSelection.*\" (`M` is not allowed); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"; did you mean \"model_selection.*\"?",
    ),
    (
        "[telemetry.logs.debug]\nexclude = [\n  'display.*',\n  7,\n]",
        "config.toml:4:3: `telemetry.logs.debug.exclude[1]`: found the integer 7; allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"",
    ),
    (
        "[telemetry.logs.debug]\nexclude = ['']",
        "config.toml:2:12: `telemetry.logs.debug.exclude[0]`: found the string \"\" (it is empty); allowed: \"*\", a family such as \"model.*\", or a name such as \"model.request\"",
    ),
    (
        "[telemetry.logs.debug]\ntargets = 'codex'",
        "config.toml:2:11: `telemetry.logs.debug.targets`: found the string \"codex\"; allowed: an array of a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"; did you mean [\"codex\"]?",
    ),
    (
        "[telemetry.logs.debug]\ntargets = ['codex', 'hyper=debgu']",
        "config.toml:2:21: `telemetry.logs.debug.targets[1]`: found the string \"hyper=debgu\" (`debgu` is not a level); allowed: a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"; did you mean \"debug\"?",
    ),
    (
        "[telemetry.logs.debug]\ntargets = ['my crate']",
        "config.toml:2:12: `telemetry.logs.debug.targets[0]`: found the string \"my crate\" (a blank is not allowed in a target); allowed: a target such as \"codex_core\", \"codex_core::client=debug\", \"hyper=off\" or \"*\"",
    ),
    (
        "[telemetry.logs.tui]\nfilter = 'app[span]=debug'",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found the string \"app[span]=debug\" (`[` is not allowed in a target); allowed: directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"",
    ),
    (
        "[telemetry.logs.tui]\nfilter = ['info']",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found an array; allowed: directives as in RUST_LOG, such as \"info,codex_core=debug,hyper=off\"; did you mean \"info\"?",
    ),
    (
        "[telemetry]\nenabled = true\nenabled = false",
        "config.toml:3:1: is not valid TOML: duplicate key `telemetry.enabled`; the first one is at 2:1",
    ),
    (
        "[telemetry]\nenabled = yes",
        "config.toml:2:11: is not valid TOML: found `yes`; a boolean is `true` or `false`",
    ),
    (
        "[telemetry\nenabled = true",
        "config.toml:1:11: is not valid TOML: unclosed table, expected `]`",
    ),
    (
        "model = \"é\n[telemetry]",
        "config.toml:1:11: is not valid TOML: invalid basic string, expected `\"`; the quote at the end of the text is missing",
    ),
    (
        "[mcp]\nx = 1 2",
        "config.toml:2:5: is not valid TOML: found a value without quotes; a text needs quotes",
    ),
    (
        "[telemetry]\ndir = '~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
        "config.toml:2:7: `telemetry.dir`: found the string \"~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"…; allowed: a path: absolute, relative, or from `~/`; `~name` is not expanded",
    ),
];

const WARNINGS: &[(&str, &str)] = &[
    (
        "[telemetry]\nenbled = true",
        "config.toml:2:1: `telemetry.enbled`: unknown key, ignored; did you mean `enabled`?",
    ),
    (
        "[telemetry]\ncolour = 'blue'",
        "config.toml:2:1: `telemetry.colour`: unknown key, ignored; the keys here are enabled, dir, telemetry_dir, max_total_bytes, log_content, max_field_bytes, max_per_second, emit_to_tracing, logs, pricing",
    ),
    (
        "[telemetry]\n\"a b\" = 1",
        "config.toml:2:1: `telemetry.\"a b\"`: unknown key, ignored; the keys here are enabled, dir, telemetry_dir, max_total_bytes, log_content, max_field_bytes, max_per_second, emit_to_tracing, logs, pricing",
    ),
    (
        "[telemetry]\nmax_per_secund = 5",
        "config.toml:2:1: `telemetry.max_per_secund`: unknown key, ignored; did you mean `max_per_second`?",
    ),
    (
        "[telemetry.log.debug]\nlevel = 'warn'",
        "config.toml:1:12: `telemetry.log`: unknown key, ignored; did you mean `logs`?",
    ),
    (
        "[telemetry.debug]\nlevel = 'warn'",
        "config.toml:1:12: `telemetry.debug`: unknown key, ignored; did you mean `logs.debug`?",
    ),
    (
        "[telemetry]\ntui = false",
        "config.toml:2:1: `telemetry.tui`: unknown key, ignored; did you mean `logs.tui`?",
    ),
    (
        "[telemetry]\ninclude = ['model.*']",
        "config.toml:2:1: `telemetry.include`: unknown key, ignored; did you mean `logs.debug.include`?",
    ),
    (
        "[telemetry]\nfilter = 'warn'",
        "config.toml:2:1: `telemetry.filter`: unknown key, ignored; did you mean `logs.tui.filter`?",
    ),
    (
        "[telemetry.price.m]\ninput_cost_per_token = 0",
        "config.toml:1:12: `telemetry.price`: unknown key, ignored; did you mean `pricing`?",
    ),
    (
        "[telemetry]\nprice_map = 'prices.json'",
        "config.toml:2:1: `telemetry.price_map`: unknown key, ignored; did you mean `pricing.price_map`?",
    ),
    (
        "[telemetry.logs.debug]\nlevels = 'warn'",
        "config.toml:2:1: `telemetry.logs.debug.levels`: unknown key, ignored; did you mean `level`?",
    ),
    (
        "[telemetry.logs.session]\nlevel = 7",
        "config.toml:2:1: `telemetry.logs.session.level`: has no effect on this log; the keys here are enabled, file",
    ),
    (
        "[telemetry.logs.tui]\nsample = { '*' = 0.5 }",
        "config.toml:2:1: `telemetry.logs.tui.sample`: has no effect on this log; the keys here are enabled, file, level, filter",
    ),
    (
        "[telemetry.logs.tui]\nspan_events = 'full'",
        "config.toml:2:1: `telemetry.logs.tui.span_events`: has no effect on this log; the keys here are enabled, file, level, filter",
    ),
    (
        "[telemetry.logs.tui]\ntargets = ['codex']",
        "config.toml:2:1: `telemetry.logs.tui.targets`: has no effect on this log; the keys here are enabled, file, level, filter",
    ),
    (
        "[telemetry.logs.debug]\nfilter = 'info'",
        "config.toml:2:1: `telemetry.logs.debug.filter`: has no effect on this log; the keys here are enabled, file, include, exclude, level, sample, span_events, targets, compress",
    ),
    (
        "[telemetry.logs.session]\nfiel = 'x'",
        "config.toml:2:1: `telemetry.logs.session.fiel`: unknown key, ignored; did you mean `file`?",
    ),
    (
        "[telemetry.logs.debug]\ninclude = ['model.*', 'agent']",
        "config.toml:2:23: `telemetry.logs.debug.include[1]`: selects only spans and events with the name \"agent\"; did you mean the family \"agent.*\"?",
    ),
    (
        "[telemetry.logs.debug]\nexclude = ['display']",
        "config.toml:2:12: `telemetry.logs.debug.exclude[0]`: selects only spans and events with the name \"display\"; did you mean the family \"display.*\"?",
    ),
    (
        "[telemetry.logs.debug]\nsample = { display = 0.5 }",
        "config.toml:2:12: `telemetry.logs.debug.sample.display`: selects only spans and events with the name \"display\"; did you mean the family \"display.*\"?",
    ),
    (
        "[telemetry.logs.debug]\ntargets = ['info']",
        "config.toml:2:12: `telemetry.logs.debug.targets[0]`: found \"info\", taken as a target; did you mean \"*=info\"?",
    ),
    (
        "[telemetry.logs.tui]\nfilter = 'hyper=off,inof'",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found \"inof\", taken as a target; did you mean the level \"info\"?",
    ),
    (
        "[telemetry.logs.tui]\nfile = 'logs/tui.log'",
        "config.toml:2:8: `telemetry.logs.tui.file`: found the string \"logs/tui.log\", which is logs/logs/tui.log, because the path is relative to logs; did you mean \"tui.log\"?",
    ),
    (
        "[telemetry]\ndir = 'var/agent'\n[telemetry.logs.audit]\nfile = './var/agent/audit/a.jsonl'",
        "config.toml:4:8: `telemetry.logs.audit.file`: found the string \"var/agent/audit/a.jsonl\", which is var/agent/var/agent/audit/a.jsonl, because the path is relative to var/agent; did you mean \"audit/a.jsonl\"?",
    ),
    (
        "[telemetry.logs.tui]\nfilter = 'codex_core:debug'",
        "config.toml:2:10: `telemetry.logs.tui.filter`: found \"codex_core:debug\", taken as a target; did you mean \"codex_core=debug\"?",
    ),
];

#[test]
fn no_message_contains_a_control_character_of_the_file() {
    for (text, expected) in [
        (
            "telemetry.logs.logs.\"\\u001b\".file = true",
            "`telemetry.logs.logs`: a further log needs a `file = \"…\"`; the name of a log has no dot",
        ),
        (
            "telemetry.logs.\"\\u001b\" = true",
            "`telemetry.logs.\"\\u001B\"`: found \"\\u001B\" as the name of a log; allowed: lower-case letters, digits, `_` and `-`, a letter first",
        ),
        (
            "[telemetry]\n\"\\u001b\" = true",
            "`telemetry.\"\\u001B\"`: unknown key, ignored",
        ),
        (
            "[\"telemetry.logs.\\u001b\\t\"]",
            "did you mean `[telemetry.logs.\\u001B\\t]`, without quotes?",
        ),
        (
            "[telemetry]\ndir = \"$A\\u0007B\"",
            "found the string \"$A\\u0007B\"",
        ),
    ] {
        let home = Home::new(text);
        let warnings = home.warnings_of(&home.load_or_default(None));
        let all = warnings.join("\n");
        assert!(all.contains(expected), "{text}\n{all}");
        super::assert_visible(&all);
    }
}
