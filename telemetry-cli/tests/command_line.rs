//! Properties of all commands: exit codes, empty homes, closed pipes, help.

mod home;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

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
        assert_eq!(output.status.code(), Some(2));
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
        home.write(LOG, record);
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
    let mut child = home
        .command(&["sessions", "-j"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "{\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
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
        (["man", "nothing"], "expected one of: status, sessions,"),
        (
            ["man", "export nothing"],
            "expected one of: status, sessions,",
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
    let bash = std::process::Command::new("bash")
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
        (&["statusline"], "telemetry status"),
        (
            &["usage", "--sections", "daily,weekly"],
            "telemetry usage session -j",
        ),
        (&["usage", "--by-agent"], "--breakdown"),
        (&["usage", "-m", "calculate"], "cost_sources"),
        (&["usage", "--mode=display"], "cost_sources"),
        (&["usage", "-d"], "telemetry doctor"),
        (&["usage", "--config", "x"], "--home DIR"),
        (&["usage", "--project", "x"], "telemetry usage session"),
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
