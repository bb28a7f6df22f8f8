//! Properties of all commands: exit codes, empty homes, closed pipes, help.

mod home;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use home::Home;
use home::requests::{LOG, line, uuid};
use serde_json::Value;

#[test]
fn no_text_of_a_log_controls_the_terminal() {
    let home = Home::empty();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\u{9b}31m\r\nmodel";
    let record = line("2020-11-20T23:30:00Z", 1, "a", evil, 100, 0.5);
    home.write(LOG, record.replace(&uuid(1), "\\u001b[31mid"));
    for arguments in [
        &["usage", "-b"][..],
        &["usage", "session", "-b"],
        &["usage", "model"],
        &["sessions"],
        &["status", "-i", "latest"],
    ] {
        for color in ["--no-color", "--color"] {
            let output = home.run(&[arguments, &[color]].concat());
            let mut text = String::from_utf8(output.stdout).unwrap();
            text.push_str(&String::from_utf8(output.stderr).unwrap());
            // The only escape sequences are colours.
            let text = text
                .split("\u{1b}[")
                .map(|part| part.trim_start_matches(|it: char| it.is_ascii_digit()));
            let text: String = text
                .map(|part| part.strip_prefix('m').unwrap_or(part))
                .collect();
            let harmful = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
            assert!(!text.contains(harmful), "{arguments:?}: {text:?}");
        }
    }
}

#[test]
fn an_empty_home_is_not_an_error() {
    let home = Home::empty();
    for path in [home.path().join("nowhere"), home.path().to_owned()] {
        let path = path.to_str().unwrap();
        for arguments in [
            &["usage"][..],
            &["usage", "-j"],
            &["sessions"],
            &["budget", "--daily", "1"],
            &["prune"],
            &["doctor"],
            &["status"],
        ] {
            let output = home.run(&[&["--home", path], arguments].concat());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{path} {arguments:?}: {stderr}"
            );
        }
        let output = home.run(&["--home", path, "status"]);
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).contains("telemetry doctor"));
    }
    assert!(!home.path().join("nowhere").exists());
}

#[test]
fn over_budget_is_exit_code_one() {
    let limits: [(&[&str], i32); 6] = [
        (&["--daily", "5"], 0),
        (&["--daily", "4.999999999"], 0),
        (&["--daily", "4.999999998"], 1),
        (&["--daily", "100", "--weekly", "1"], 1),
        (&["--monthly", "5"], 0),
        (&["--daily", "five"], 2),
    ];
    let now = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        jiff::Timestamp::from_second(i64::try_from(now.unwrap().as_secs()).unwrap()).unwrap()
    };
    let day = || now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    // The commands run again where midnight passes before the last one: the record is then of the day before.
    let (codes, budget) = loop {
        let begun = day();
        let home = Home::empty();
        let record = line(&now().to_string(), 1, "a", "gpt", 100, 4.999_999_999);
        // A clock that was three days fast wrote this one.
        let later = now() + std::time::Duration::from_hours(72);
        let wrong = line(&later.to_string(), 1, "b", "gpt", 100, 1000.0);
        home.write(LOG, record + &wrong);
        let codes =
            limits.map(|(limits, _)| home.run(&[&["budget"], limits].concat()).status.code());
        let budget = home.run(&["budget", "--daily", "1", "-j"]);
        if day() == begun {
            break (codes, budget);
        }
    };
    for ((limits, wanted), code) in limits.into_iter().zip(codes) {
        assert_eq!(code, Some(wanted), "{limits:?}");
    }
    let budget: Value = serde_json::from_slice(&budget.stdout).unwrap();
    assert_eq!(budget["budgets"][0]["left_usd"].to_string(), "-3.999999999");
    assert_eq!(budget["budgets"][0]["over"], true);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let home = Home::empty();
    let lines: Vec<String> = (0..20_000)
        .map(|at| line("2020-11-20T23:30:00Z", at, "a", "gpt", 100, 0.5))
        .collect();
    home.write(LOG, lines.concat());
    for (arguments, beginning) in [
        (&["sessions", "-j"][..], "{\n"),
        (&["export", "csv", "--of", "usage"], "ts,"),
    ] {
        let mut child = home
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        assert!(first.starts_with(beginning), "{first}");
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(output.status.success(), "{arguments:?}");
    }
}

#[test]
fn help_in_a_pipe_has_a_fixed_width() {
    let home = Home::empty();
    let widest = |columns: Option<&str>, command: &str| {
        let mut run = home.command(&[command, "--help"]);
        if let Some(columns) = columns {
            run.env("COLUMNS", columns);
        }
        let help = String::from_utf8(run.output().unwrap().stdout).unwrap();
        help.lines().map(|line| line.chars().count()).max().unwrap()
    };
    for command in ["status", "usage", "spans", "export", "purge"] {
        assert!((70..=80).contains(&widest(None, command)), "{command}");
        // A word may be longer than the line.
        assert!(widest(Some("60"), command) < 70, "{command}");
        assert!(
            (81..=100).contains(&widest(Some("300"), command)),
            "{command}"
        );
        assert_eq!(widest(Some("0"), command), widest(None, command));
    }
}

#[test]
fn the_help_of_each_command_has_an_example() {
    let home = Home::empty();
    let help = home.ok(&["--help"]);
    let commands = help
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("Options:")
        .next()
        .unwrap();
    let mut seen = 0;
    for line in commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        let command = line.split_whitespace().next().unwrap();
        let help = home.ok(&[command, "--help"]);
        assert!(help.contains(&format!("\n  telemetry {command}")), "{help}");
        assert!(home.ok(&["man", command]).contains(".TH"), "{command}");
        seen += 1;
    }
    assert!(seen >= 10);
    assert!(
        home.ok(&["man", "export", "chrome"])
            .contains("telemetry-export-chrome")
    );
    for (arguments, complaint) in [
        (
            ["man", "nothing"],
            "expected one of: status, statusline, sessions,",
        ),
        (
            ["man", "export nothing"],
            "expected one of: status, statusline, sessions,",
        ),
    ] {
        let output = home.run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(complaint));
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(home.ok(&["completions", shell]).contains("doctor"));
    }
    // Bash loads the script and completes with it.
    let script = home.ok(&["completions", "bash"]);
    let ask = "\nCOMP_WORDS=(telemetry us); COMP_CWORD=1; _telemetry telemetry us telemetry; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["-c", &(script + ask)])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "usage\n");
}

#[test]
fn commands_of_ccusage_work_or_give_a_tip() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5));
    let id = uuid(1);
    let works: [&[&str]; 8] = [
        &[
            "daily", "-s", "20201101", "-u", "20201130", "-z", "UTC", "-j",
        ],
        &[
            "daily",
            "--since",
            "2020-11-01",
            "--breakdown",
            "--compact",
            "--order",
            "desc",
        ],
        &[
            "daily",
            "--all",
            "--no-offline",
            "--offline",
            "--no-cost",
            "--no-color",
        ],
        &["weekly", "--start-of-week", "sunday", "--color"],
        &["monthly", "--json", "--single-thread"],
        &["session", "--id", &id],
        &["session", "-i", &id, "-O"],
        &["weekly", "--last", "3"],
    ];
    for arguments in works {
        home.ok(&[&["usage"], arguments].concat());
    }
    for (arguments, tip) in [
        (&["daily"][..], "telemetry usage daily"),
        (&["blocks", "--active"], "telemetry budget --daily 5"),
        (&["usage", "blocks"], "telemetry budget --daily 5"),
        (
            &["usage", "--sections", "daily,weekly"],
            "telemetry usage session -j",
        ),
        (&["usage", "--by-agent"], "--breakdown"),
        (&["usage", "-m", "calculate"], "cost_sources"),
        (&["usage", "--mode=display"], "cost_sources"),
        (&["usage", "-d"], "telemetry doctor"),
        (&["usage", "--config", "x"], "--home DIR"),
        (&["usage", "--project", "x"], "telemetry usage project"),
        (&["session"], "`telemetry sessions` lists the sessions"),
        (
            &["model"],
            "telemetry usage daily, weekly, monthly, session, model, project",
        ),
        (&["export", "perfeto"], "telemetry export chrome"),
        (
            &["usage", "session", "--token-limit", "max"],
            "telemetry status",
        ),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let tips: Vec<&str> = stderr
            .lines()
            .filter(|line| line.contains("tip: "))
            .collect();
        assert!(
            tips.len() == 1 && tips[0].contains(tip),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn a_value_without_its_option_has_a_tip() {
    let home = Home::empty();
    let id = "019aa7e2-5c1f-7d30-8a4b-0123456789ab";
    for (arguments, tip) in [
        (&["status", "latest"][..], "`-i latest` selects the session"),
        (
            &["status", id],
            "`-i 019aa7e2-5c1f-7d30-8a4b-0123456789ab` selects",
        ),
        (&["purge", "019aa7e2"], "`-i 019aa7e2` selects the session"),
        (&["usage", "019aa7e2"], "`-i 019aa7e2` selects the session"),
        (
            &["sessions", "019aa7e2"],
            "`telemetry status -i 019aa7e2` shows",
        ),
        (&["spans", "2"], "`--turn 2` selects the turn"),
        (
            &["spans", "model.request"],
            "`--name 'model.request'` selects",
        ),
        (&["tail", "-5"], "write `-n 5`"),
        (&["tail", "5"], "write `-n 5`"),
        (&["sessions", "5"], "write `-n 5`"),
        (&["usage", "today"], "write `--since today`"),
        (&["sessions", "2026-11-22"], "write `--since 2026-11-22`"),
        (&["usage", "7d"], "write `--since 7d`"),
        (&["tail", "-20"], "write `-n 20`"),
        (&["budget", "5"], "`--daily 5` is a limit"),
        (
            &["export", "csv", "out.csv"],
            "`-o out.csv` writes the file",
        ),
        (&["export", "csv", "usage"], "write `--of usage`"),
        (&["usage", "--days", "7"], "a period is `--since 7d`"),
        (&["usage", "--model", "gpt"], "`telemetry usage model`"),
        (&["report", "--html"], "`telemetry report -o FILE`"),
        (&["purge", "30d"], "write `--before 30d`"),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let tips: Vec<&str> = stderr.lines().filter(|it| it.contains("tip: ")).collect();
        assert!(
            tips.len() == 1 && tips[0].contains(tip),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn options_and_files_that_would_have_no_effect_are_refused() {
    let home = Home::of_demo();
    let logs = home.log("");
    for (arguments, part) in [
        (&["export", "otlp", "--gzip"][..], "--endpoint"),
        (&["export", "otlp", "--header", "a=b"], "--endpoint"),
        (
            &["export", "csv", "-o", "-"],
            "leave -o out to write to stdout",
        ),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr.contains(part), "{arguments:?}: {stderr}");
    }
    assert!(!std::path::Path::new("-").exists());
    // The directory of the logs in the place of the home.
    let output = Command::new(env!("CARGO_BIN_EXE_telemetry"))
        .arg("--home")
        .arg(&logs)
        .arg("usage")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let meant = format!("did you mean --home {}?", home.path().display());
    assert!(stderr.contains(&meant), "{stderr}");
}

#[test]
fn a_home_before_a_command_is_read_beside_one_behind_it() {
    let homes = [Home::empty(), Home::empty()];
    for (session, home) in (1..).zip(&homes) {
        home.write(
            LOG,
            line(
                "2020-11-20T23:30:00Z",
                session,
                &session.to_string(),
                "gpt",
                100,
                0.5,
            ),
        );
    }
    let second = homes[1].path().to_str().unwrap();
    // `--home` and the first home are before these arguments.
    for arguments in [
        ["--home", second, "usage", "-j"],
        ["usage", "--home", second, "-j"],
        ["usage", "-j", "--home", second],
    ] {
        let usage = homes[0].json(&arguments);
        assert_eq!(usage["totals"]["total_tokens"], 220, "{arguments:?}");
    }
}

#[test]
fn an_unknown_command_lists_the_commands_and_the_nearest_one() {
    let home = Home::empty();
    let stderr = |arguments: &[&str]| {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    // No command that removes data is suggested beside a more similar one.
    let misspelt = stderr(&["usages"]);
    assert!(
        misspelt.contains("usage") && !misspelt.contains("usage, purge"),
        "{misspelt}"
    );
    // Nor is a value suggested in the place of an option.
    let option = stderr(&["usage", "--unknown"]);
    assert!(!option.contains("as a value"), "{option}");
    let all = "tip: the commands are status, statusline, sessions, usage, spans, tail, ";
    assert!(stderr(&["foo"]).contains(all), "{}", stderr(&["foo"]));
    let near = stderr(&["sesions"]);
    assert!(
        near.contains("a similar command is sessions") && near.contains(all),
        "{near}"
    );
    let action = stderr(&["prices", "foo"]);
    assert!(action.contains("tip: the commands are update"), "{action}");
}

#[test]
fn an_unknown_option_shows_the_usage_of_its_command() {
    let home = Home::empty();
    for arguments in [&["usage", "--mode", "x"][..], &["usage", "--foo"]] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let usage = "Usage: telemetry usage [OPTIONS] [REPORT]";
        assert!(stderr.lines().any(|line| line == usage), "{stderr}");
    }
}

#[test]
fn groupings_have_the_names_that_people_type() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5));
    for (typed, grouping) in [
        ("day", "daily"),
        ("Daily", "daily"),
        ("week", "weekly"),
        ("months", "monthly"),
        ("sessions", "session"),
        ("models", "model"),
    ] {
        let expected = home.ok(&["usage", grouping]);
        assert_eq!(home.ok(&["usage", "--by", typed]), expected, "{typed}");
        assert_eq!(home.ok(&["usage", typed]), expected, "{typed}");
    }
}

#[test]
fn options_without_effect_are_refused() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5));
    for (arguments, refused) in [
        (
            &["usage", "--start-of-week", "sunday"][..],
            "--start-of-week has no effect",
        ),
        (
            &["budget", "--daily", "5", "-w", "sunday"],
            "--start-of-week has no effect",
        ),
        (&["usage", "--compact", "--json"], "--compact has no effect"),
        (
            &["usage", "model", "--breakdown"],
            "--breakdown has no effect",
        ),
        (
            &["export", "csv", "--of", "usage", "--failed"],
            "--failed has no effect",
        ),
        (
            &["export", "csv", "--of", "usage", "--name", "a.*"],
            "--name has no effect",
        ),
        (
            &["tail", "--json", "--log", "tui"],
            "--log tui has no effect",
        ),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(refused), "{arguments:?}: {stderr}");
        let option = refused.trim_end_matches(" has no effect");
        let advice = format!("nothing was written, repeat the command without {option}");
        assert!(stderr.contains(&advice), "{arguments:?}: {stderr}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
    }
    home.ok(&["usage", "weekly", "--start-of-week", "sunday"]);
}

#[test]
fn every_manual_page_has_the_version() {
    let home = Home::empty();
    let version = format!("telemetry {}", env!("CARGO_PKG_VERSION"));
    for command in [
        &["man"][..],
        &["man", "usage"],
        &["man", "export", "chrome"],
    ] {
        let page = home.ok(command);
        let head = page.lines().find(|line| line.starts_with(".TH")).unwrap();
        assert!(head.contains(&version), "{head}");
    }
}

#[test]
fn manual_pages_have_examples_line_by_line() {
    let home = Home::empty();
    for page in [&["man"] as &[&str], &["man", "spans"], &["man", "purge"]] {
        let page = home.ok(page);
        let (_, examples) = page.split_once("\n.SH EXAMPLES\n.nf\n").expect(&page);
        assert!(
            examples.contains("\n  telemetry ") || examples.starts_with("  telemetry "),
            "{page}"
        );
        assert!(!page.contains("EXTRA"), "{page}");
    }
}

#[test]
fn an_invalid_number_is_an_error_that_names_the_expected_values() {
    let home = Home::empty();
    let amount = "expected an amount of dollars, at least 0, such as 5 or 0.25";
    let at_least = |least: u32| format!("expected a whole number, at least {least}");
    for (arguments, option, expected) in [
        (&["spans", "--turn", "x"][..], "--turn <N>", at_least(1)),
        (&["spans", "--turn", "-1"], "--turn <N>", at_least(1)),
        (&["spans", "--request", "1.5"], "--request <N>", at_least(1)),
        (&["usage", "--last", "x"], "--last <N>", at_least(1)),
        (&["usage", "--last", "0"], "--last <N>", at_least(1)),
        (
            &["usage", "--last", "4294967296"],
            "--last <N>",
            "expected a whole number from 1 to 4294967295".to_owned(),
        ),
        (&["sessions", "-n", "ten"], "--limit <N>", at_least(1)),
        (&["tail", "-n", "-5"], "--lines <N>", at_least(0)),
        (&["statusline", "--width", ""], "--width <N>", at_least(0)),
        (
            &["budget", "--daily", "$5"],
            "--daily <USD>",
            amount.to_owned(),
        ),
        (
            &["budget", "--weekly=-1"],
            "--weekly <USD>",
            amount.to_owned(),
        ),
        (
            &["budget", "--monthly", "-0.5"],
            "--monthly <USD>",
            amount.to_owned(),
        ),
        (
            &["reconcile", "x", "--tolerance", "-1"],
            "--tolerance <USD>",
            amount.to_owned(),
        ),
        (
            &["replay", "--speed", "-1"],
            "--speed <FACTOR>",
            "expected a factor from 0.25 to 64, such as 4".to_owned(),
        ),
    ] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let value = arguments.last().unwrap().trim_start_matches("--weekly=");
        let message = format!("error: invalid value '{value}' for '{option}': {expected}\n");
        assert!(stderr.starts_with(&message), "{stderr}");
    }
}

#[test]
fn similar_commands_are_sorted_by_similarity() {
    let home = Home::empty();
    for (command, tip) in [
        (
            &["stauts"][..],
            "  tip: similar commands are status, statusline,",
        ),
        (&["usge"], "  tip: similar commands are usage,"),
        (&["sesions"], "  tip: a similar command is sessions\n"),
        (&["prices", "updte"], "  tip: a similar command is update\n"),
    ] {
        let stderr = String::from_utf8(home.run(command).stderr).unwrap();
        assert!(stderr.contains(tip), "{stderr}");
    }
}

#[test]
fn a_form_of_json_that_only_usage_has_is_an_error_with_a_tip() {
    let home = Home::empty();
    for command in ["status", "sessions", "spans", "budget", "doctor", "tail"] {
        let output = home.run(&[command, "--json=ccusage"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        let tip = "tip: `--json=ccusage` is a form of `telemetry usage`";
        assert!(stderr.contains(tip), "{command}: {stderr}");
    }
}

#[test]
fn each_missing_home_of_several_is_reported() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5));
    let missing = home.path().join("nowhere");
    let missing = missing.to_str().unwrap();
    let message =
        format!("telemetry: the home {missing} does not exist; only the others are used\n");
    for arguments in [
        &["usage"][..],
        &["usage", "-j"],
        &["sessions"],
        &["status"],
        &["tail"],
        &["budget", "--daily", "5"],
        &["prune", "--dry-run"],
        &["purge", "--before", "2020-01-01", "--dry-run"],
    ] {
        let output = home.run(&[&["--home", missing], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, message, "{arguments:?}");
        assert!(home.run(arguments).stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_text_names_one_command_that_installs_the_reader() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![root.join("README.md"), root.join("../README.md")];
    for directory in ["../docs", "src", "src/cli"] {
        let entries = std::fs::read_dir(root.join(directory)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        texts.extend(files.filter(|path| path.is_file()));
    }
    let mut seen = 0;
    for path in texts {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for rest in text.split("cargo install ").skip(1) {
            let is_other = !rest[..40.min(rest.len())].contains("telemetry-cli");
            // The crate is not on the registry.
            assert!(
                is_other || rest.starts_with("--path telemetry-cli"),
                "{}: {rest:.60}",
                path.display()
            );
            seen += usize::from(!is_other);
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn a_missing_feature_is_named_with_the_command_that_installs_it() {
    let home = Home::empty();
    for (arguments, feature, is_built) in [
        (&["top"][..], "top", cfg!(feature = "top")),
        (&["report"], "report", cfg!(feature = "report")),
        (
            &["export", "parquet", "-o", "lake"],
            "parquet",
            cfg!(feature = "parquet"),
        ),
        (
            &["export", "otlp", "--endpoint", "http://localhost:1"],
            "otlp-send",
            cfg!(feature = "otlp-send"),
        ),
    ] {
        if is_built {
            continue;
        }
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let command = format!("`cargo install --path telemetry-cli --features {feature}`");
        assert!(stderr.contains(&command), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_help_has_only_examples_that_this_binary_runs() {
    let home = Home::empty();
    let help = home.ok(&["export", "--help"]);
    assert_eq!(
        help.contains("telemetry export otlp --endpoint"),
        cfg!(feature = "otlp-send")
    );
    assert_eq!(
        help.contains("telemetry export parquet"),
        cfg!(feature = "parquet")
    );
    let help = home.ok(&["replay", "--help"]);
    assert_eq!(help.contains("Keys: Space"), cfg!(feature = "replay"));
    assert!(help.contains("telemetry replay latest --at +90s | cat"));
}

#[test]
fn examples_have_hanging_indents_where_help_is_narrow() {
    let home = Home::empty();
    let commands = home.ok(&["--help"]);
    let commands = commands.split("Commands:").nth(1).unwrap();
    let commands = commands
        .lines()
        .take_while(|line| *line != "Options of all commands:")
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|word| !word.is_empty() && !word.starts_with('-'));
    let mut seen = 0;
    for command in commands {
        for width in ["40", "80"] {
            let output = home
                .command(&[command, "--help"])
                .env("COLUMNS", width)
                .output()
                .unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            let (_, examples) = help.split_once("\nExamples:\n").expect(&help);
            let examples = examples.split("\n\n").next().unwrap();
            for line in examples.lines() {
                let is_rest = line.starts_with("      ");
                let is_command = ["  telemetry ", "  set -g ", "  ;", "  lnav "]
                    .iter()
                    .any(|begin| line.starts_with(begin));
                assert!(
                    is_rest || is_command || line == "  telemetry",
                    "{command} {width}: {line:?}\n{help}"
                );
                let is_one_word = !line.trim_start().contains(' ');
                assert!(
                    line.chars().count() <= width.parse().unwrap() || is_one_word,
                    "{command} {width}: {line}"
                );
                seen += usize::from(is_rest);
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn missing_homes_are_no_others() {
    let home = Home::empty();
    let of = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telemetry"));
        command.current_dir(home.path()).args(arguments);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let message = "telemetry: no log in a, b, which do not exist; `telemetry doctor` shows whether telemetry is enabled\n";
    assert_eq!(
        of(&["usage", "--home", "a,b"]),
        (Some(0), message.to_owned())
    );
    for named in ["", ",", " , "] {
        for command in ["usage", "doctor", "prune"] {
            let (code, stderr) = of(&[command, "--home", named]);
            assert_eq!(code, Some(2), "{command}: {stderr}");
            let expected = "for '--home <DIR>': expected a directory, or a comma-separated list of directories\n";
            assert!(stderr.contains(expected), "{command} {named:?}: {stderr}");
        }
    }
}

#[test]
fn misspelt_words_have_a_suggestion() {
    let home = Home::of_demo();
    for (arguments, meant) in [
        (&["usage", "--since", "yestrday"][..], "yesterday"),
        (&["usage", "--until", "tody"], "today"),
        (&["tail", "--level", "wrn"], "warn"),
        (&["tail", "--log", "sesion"], "session"),
        (&["man", "usge"], "usage"),
        (&["status", "-i", "lastest"], "latest"),
        (&["export", "csv", "-s", "yesteday"], "yesterday"),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let question = format!("; did you mean `{meant}`?");
        assert!(stderr.contains(&question), "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_names_the_units_of_durations() {
    let home = Home::empty();
    for command in ["usage", "sessions", "spans", "tail", "reconcile"] {
        let help = home.ok(&[command, "--help"]);
        let words: Vec<&str> = help.split_whitespace().collect();
        let help = words.join(" ");
        let units = "an age in minutes, hours, days or weeks (30m, 2h, 7d, 2w)";
        assert!(help.contains(units), "{command}: {help}");
    }
    let help = home.ok(&["purge", "--help"]);
    assert!(help.contains("days or weeks (30d, 2w)"), "{help}");
    let help = home.ok(&["spans", "--help"]);
    assert!(help.contains("m (minutes)"), "{help}");
}
