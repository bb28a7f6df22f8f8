//! `telemetry report`: its numbers are those of the other commands, no text of a log becomes markup, and headless Chromium
//! shows the page without an error.

mod home;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use home::fleet::Fleet;
use home::requests::{LOG, growing_request, line, three_days, uuid};
use home::{DEBUG, Home};
use serde_json::Value;

/// Returns the values of a key on a page, as `number` in `src/report/cells.rs` writes them.
fn values<'a>(page: &'a str, key: &str) -> Vec<&'a str> {
    let end = format!("\" data-key=\"{key}\">");
    let parts: Vec<&str> = page.split(&end).collect();
    let before = parts.split_last().map_or(&[][..], |(_, before)| before);
    before
        .iter()
        .map(|part| part.rsplit("value=\"").next().unwrap())
        .collect()
}

/// Returns a section of a page.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let begin = page.split_once(&format!("<section id=\"{id}\"")).unwrap().1;
    begin.split_once("</section>").unwrap().0
}

/// Compares the numbers of a page with the JSON of the commands over the same records.
fn has_the_numbers_of_the_commands(page: &str, home: &Home, selection: &[&str]) {
    let usage = home.json(&[&["usage", "model", "-j"], selection].concat());
    let totals = &usage["totals"];
    let summary = section(page, "summary");
    for key in [
        "requests",
        "failures",
        "retries",
        "total_tokens",
        "prompt_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "cost_usd",
        "calculated_cost_usd",
        "saved_usd",
        "unpriced_requests",
        "api_ms",
    ] {
        assert_eq!(values(summary, key), [totals[key].to_string()], "{key}");
    }
    for (key, times, percentile) in [
        ("latency_p50", "latency_ms", "p50"),
        ("latency_p95", "latency_ms", "p95"),
        ("ttft_p50", "ttft_ms", "p50"),
    ] {
        let expected = &totals[times][percentile];
        let expected: Vec<String> = expected.as_u64().iter().map(u64::to_string).collect();
        assert_eq!(values(summary, key), expected, "{key}");
    }
    let costs = section(page, "costs");
    for row in usage["rows"].as_array().unwrap() {
        let model = row["model"].as_str().unwrap();
        let begin = format!("<tr data-row=\"model\" data-name=\"{model}\">");
        let cells = costs.split_once(&begin).unwrap().1;
        let cells = cells.split_once("</tr>").unwrap().0;
        for key in [
            "requests",
            "failures",
            "prompt_tokens",
            "total_tokens",
            "cost_usd",
        ] {
            assert_eq!(values(cells, key), [row[key].to_string()], "{model} {key}");
        }
    }
    let spans = home.json(&[&["spans", "--top", "-j"], selection].concat());
    let names = section(page, "names");
    for key in [
        "count", "errors", "total_ns", "self_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns",
    ] {
        let rows = spans["spans"].as_array().unwrap().iter();
        let expected: Vec<String> = rows.map(|row| row[key].to_string()).collect();
        assert_eq!(values(names, key), expected, "{key}");
    }
    let requests = section(page, "requests");
    let exported = home.ok(&[&["export", "csv", "--of", "usage"], selection].concat());
    let exported = exported.lines().count() - 1;
    let amendments = exported as u64 - totals["requests"].as_u64().unwrap();
    assert_eq!(
        values(requests, "attempt").len() as u64,
        exported as u64 - amendments
    );
}

#[test]
fn the_numbers_are_those_of_the_other_commands() {
    let demo = Home::of_demo();
    has_the_numbers_of_the_commands(&demo.ok(&["report"]), &demo, &[]);
    let latest = demo.ok(&["report", "latest"]);
    has_the_numbers_of_the_commands(&latest, &demo, &["--session", "latest"]);
    assert_eq!(latest, demo.ok(&["report", "--session", "latest"]));
    let days = three_days();
    has_the_numbers_of_the_commands(&days.ok(&["report"]), &days, &[]);
    let day = ["--since", "2020-11-21", "--until", "2020-11-21"];
    let of_day = days.ok(&[&["report"][..], &day].concat());
    has_the_numbers_of_the_commands(&of_day, &days, &day);
    assert_eq!(
        section(&of_day, "costs"),
        section(&days.ok(&["report", "2020-11-21"]), "costs")
    );
    let fleet = Fleet::of(40).home();
    has_the_numbers_of_the_commands(&fleet.ok(&["report"]), &fleet, &[]);
}

#[test]
fn each_frame_of_the_flame_graph_is_described() {
    let home = Home::of_demo();
    let page = home.ok(&["report"]);
    let flame = section(&page, "flame");
    let inputs: Vec<&str> = flame.split("<input ").skip(1).collect();
    let descriptions: Vec<&str> = inputs
        .iter()
        .map(|input| {
            let label = input.split_once("aria-label=\"").unwrap().1;
            label.split_once('"').unwrap().0
        })
        .collect();
    assert_eq!(flame.matches("<rect ").count(), descriptions.len());
    assert!(descriptions[0].starts_with("all: "), "{descriptions:?}");
    // One of the buttons is chosen, so that the keyboard reaches the group there.
    assert_eq!(flame.matches(" checked>").count(), 1);
    assert!(inputs[0].contains(" checked>"), "{}", inputs[0]);
    let spans = home.json(&["spans", "--top", "-j"]);
    let mut compared = 0;
    for span in spans["spans"].as_array().unwrap() {
        let begin = format!("{}: self ", span["name"].as_str().unwrap());
        let mut of_name = descriptions.iter().filter(|it| it.starts_with(&begin));
        // A name has a frame below each of its callers, unless the frame is too narrow.
        let (Some(text), None) = (of_name.next(), of_name.next()) else {
            continue;
        };
        let own = Duration::from_nanos(span["self_ns"].as_u64().unwrap());
        let expected = format!("{begin}{}, ", telemetry_text::duration(own));
        assert!(text.starts_with(&expected), "{text}, expected {expected}");
        assert!(text.ends_with(" % of all"), "{text}");
        compared += 1;
    }
    assert!(compared > 3, "{descriptions:#?}");
    let two = home.ok(&["report", "latest", "latest"]);
    let groups =
        ["a-frame", "b-frame"].map(|name| two.matches(&format!(" name=\"{name}\"")).count());
    assert_eq!(groups, [descriptions.len(); 2]);
}

#[test]
fn projects_and_users_have_their_sums() {
    let home = Home::empty();
    let of = |session: u32, id: &str, project: &str, user: &str| {
        let record = line("2020-11-20T10:00:00Z", session, id, "gpt", 10, 0.5);
        let mut record: Value = serde_json::from_str(&record).unwrap();
        record["project"] = project.into();
        record["user"] = user.into();
        format!("{record}\n")
    };
    home.write(
        LOG,
        of(1, "a", "compiler", "ada") + &of(2, "b", "compiler", "<b>grace</b>"),
    );
    let page = home.ok(&["report"]);
    let costs = section(&page, "costs");
    for (kind, name, requests) in [
        ("project", "compiler", "2"),
        ("user", "ada", "1"),
        ("user", "&lt;b&gt;grace&lt;/b&gt;", "1"),
    ] {
        let begin = format!("<tr data-row=\"{kind}\" data-name=\"{name}\">");
        let cells = costs.split_once(&begin).expect(name).1;
        let cells = cells.split_once("</tr>").unwrap().0;
        assert_eq!(values(cells, "requests"), [requests], "{name}");
    }
    // Without a name the tables would have one row.
    let page = three_days().ok(&["report"]);
    assert!(!page.contains("By project") && !page.contains("By user"));
}

#[test]
fn a_chart_of_costs_needs_a_cost() {
    let home = Home::empty();
    let record = line("2020-11-20T10:00:00Z", 1, "a", "gpt", 10, 0.5);
    let mut record: Value = serde_json::from_str(&record).unwrap();
    record.as_object_mut().unwrap().remove("cost_usd");
    record["cost_source"] = "unpriced".into();
    record["unpriced_reason"] = "unknown model".into();
    home.write(LOG, format!("{record}\n"));
    let page = home.ok(&["report"]);
    let costs = section(&page, "costs");
    assert!(costs.contains("No request has a known cost above zero."));
    assert!(!costs.contains("Cost by day and model"), "{costs}");
    assert!(costs.contains("Tokens by day and model"), "{costs}");
    // Without a span, the changes have no table of spans.
    let changes = home.ok(&["report", &uuid(1), &uuid(1)]);
    let changes = section(&changes, "changes");
    assert!(changes.contains("Models, the largest change") && !changes.contains("Span names"));
}

#[test]
fn an_amendment_is_part_of_its_request() {
    let home = Home::empty();
    home.write(LOG, growing_request());
    let page = home.ok(&["report"]);
    let requests = section(&page, "requests");
    assert_eq!(values(requests, "completion_tokens"), ["159"]);
    assert_eq!(values(requests, "cost_usd"), ["0.003"]);
    assert!(requests.contains("response_body"), "{requests}");
}

#[test]
fn two_sides_show_the_changes_of_diff() {
    let home = three_days();
    let page = home.ok(&["report", "2020-11-21", "2020-11-22"]);
    let diff = home.json(&["diff", "2020-11-21", "2020-11-22", "-j"]);
    let changes = section(&page, "changes");
    for key in ["requests", "total_tokens", "cost_usd"] {
        let begin = format!("<tr data-change=\"{key}\">");
        let row = changes
            .split_once(&begin)
            .unwrap()
            .1
            .split_once("</tr>")
            .unwrap()
            .0;
        for side in ["a", "b"] {
            assert_eq!(
                values(row, side),
                [diff["total"][key][side].to_string()],
                "{key} {side}"
            );
        }
    }
    let order: Vec<usize> = diff["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| {
            changes
                .find(&format!(">{}<", model["model"].as_str().unwrap()))
                .unwrap()
        })
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    for id in ["a-summary", "b-summary", "a-turns", "b-names"] {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
}

/// Texts that would be markup, close the element around them, or end an attribute.
const MARKUP: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</style><svg onload=alert(1)>",
    "]]><iframe src=//evil.test>",
    "'&#60;b onmouseover=alert(1)//",
    "\u{202e}<a href=javascript:alert(1)>",
];

fn home_with_markup() -> Home {
    let home = Home::empty();
    let mut session = String::new();
    let mut debug =
        String::from("{\"ts\":\"2020-11-20T10:00:00Z\",\"type\":\"header\",\"v\":1,\"pid\":1}\n");
    for (at, evil) in MARKUP.iter().enumerate() {
        let record = line(
            "2020-11-20T10:00:00Z",
            1,
            &format!("id{at}{evil}"),
            evil,
            10,
            0.5,
        );
        let mut record: Value = serde_json::from_str(&record).unwrap();
        for key in [
            "reasoning_effort",
            "retry_cause",
            "cost_source",
            "response_model",
            "project",
            "user",
        ] {
            record[key] = format!("{evil}{key}").into();
        }
        writeln!(session, "{record}").unwrap();
        record["outcome"] = "err".into();
        record["error_class"] = (*evil).into();
        record["request_id"] = format!("failed{at}").into();
        record.as_object_mut().unwrap().remove("cost_usd");
        record["unpriced_reason"] = (*evil).into();
        writeln!(session, "{record}").unwrap();
        let id = 2 * at + 1;
        for span in [
            serde_json::json!({"ts": "2020-11-20T10:00:00.000010Z", "type": "span", "name": format!("{evil} 5"), "id": id + 1,
                "parent": id, "dur_ns": 50_000, "outcome": "err", "error": evil, "session_id": uuid(1), "src": evil,
                "tool": evil, "operation": evil, "fields": {"key": evil, (*evil): 1}}),
            serde_json::json!({"ts": "2020-11-20T10:00:00Z", "type": "span", "name": evil, "id": id, "dur_ns": 90_000,
                "turn": at + 1, "session_id": uuid(1)}),
            serde_json::json!({"ts": "2020-11-20T10:00:00Z", "type": "lost", "count": 3, "bytes": 9, "cause": evil}),
        ] {
            writeln!(debug, "{span}").unwrap();
        }
    }
    home.write(LOG, session);
    home.write(DEBUG, debug);
    home
}

/// Fails if a page has an element or an attribute that this program does not write.
fn has_no_foreign_markup(page: &str) {
    let body = page.split_once("</style>").unwrap().1;
    assert!(!body.contains("</style>"));
    for tag in body.split('<').skip(1) {
        let name: String = tag
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let name = if name.is_empty() {
            tag.trim_start_matches('/')
                .split('>')
                .next()
                .unwrap()
                .to_owned()
        } else {
            name
        };
        let expected = [
            "head",
            "body",
            "html",
            "a",
            "header",
            "p",
            "h1",
            "h2",
            "nav",
            "ul",
            "li",
            "main",
            "section",
            "dl",
            "div",
            "dt",
            "dd",
            "data",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "details",
            "summary",
            "strong",
            "span",
            "svg",
            "rect",
            "g",
            "title",
            "text",
            "line",
            "polyline",
            "polygon",
            "figure",
            "figcaption",
            "foreignObject",
            "input",
        ];
        assert!(expected.contains(&&*name), "<{tag}");
        let attributes = tag.split('>').next().unwrap().to_ascii_lowercase();
        for quoted in attributes.split('"').step_by(2) {
            assert!(
                !quoted.contains(" on") && !quoted.contains(" src") && !quoted.contains(" style"),
                "<{tag}"
            );
        }
    }
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn no_text_of_a_log_is_markup() {
    let home = home_with_markup();
    for arguments in [&["report"][..], &["report", "2020-11-20", "latest"]] {
        let page = home.ok(arguments);
        has_no_foreign_markup(&page);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    }
}

#[test]
fn the_output_follows_the_rules_of_other_commands() {
    let home = Home::of_demo();
    let file = home.path().join("report.html");
    home.ok(&["report", "-o", file.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&file).unwrap(), home.ok(&["report"]));
    let log = home.log(DEBUG);
    let before = fs::read(&log).unwrap();
    let output = home.run(&["report", "-o", log.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&log).unwrap(), before);
    let output = Home::empty().run(&["report"]);
    assert!(output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("no log in"),
        "{output:?}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("No request was recorded."));
    let output = home.run(&["report", "latest", "--since", "1d"]);
    assert_eq!(output.status.code(), Some(2));
}

/// A page about many spans is cut, and says so; the totals still have every span.
#[test]
fn a_long_report_is_cut_with_a_sentence() {
    let home = Fleet::of(6_000).home();
    let page = home.ok(&["report"]);
    assert!(page.len() < 12_000_000, "{} bytes", page.len());
    assert_eq!(values(section(&page, "summary"), "requests"), ["6000"]);
    assert!(section(&page, "requests").contains("1,000 earlier requests omitted"));
    assert!(section(&page, "turns").contains("4,000 earlier turns omitted"));
}

/// Returns Chromium's document of a page, and the output of its console. `None` without Chromium, which is an error where
/// `REQUIRE_CHROMIUM` is set.
fn in_chromium(page: &Path, profile: &Path) -> Option<(String, String)> {
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-sync",
        ])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        // libfaketime, in which CI runs this test once more.
        .env_remove("LD_PRELOAD")
        .output();
    let Ok(output) = output else {
        assert!(
            std::env::var_os("REQUIRE_CHROMIUM").is_none(),
            "Chromium is not installed"
        );
        eprintln!("skipped: Chromium is not installed");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    Some((
        String::from_utf8(output.stdout).unwrap(),
        console.join("\n"),
    ))
}

#[test]
fn chromium_shows_the_numbers_without_an_error() {
    for (home, is_compared) in [(Home::of_demo(), true), (home_with_markup(), false)] {
        let file = home.path().join("report.html");
        home.ok(&["report", "-o", file.to_str().unwrap()]);
        let Some((document, console)) = in_chromium(&file, &home.path().join("profile")) else {
            return;
        };
        assert_eq!(console, "");
        has_no_foreign_markup(&document);
        if is_compared {
            has_the_numbers_of_the_commands(&document, &home, &[]);
        }
    }
}

#[test]
fn each_id_of_a_session_on_the_page_is_accepted_by_the_commands() {
    let home = three_days();
    let page = home.ok(&["report"]);
    let cells = section(&page, "requests").split("<td title=\"").skip(1);
    let cells: Vec<(&str, &str)> = cells
        .map(|cell| {
            let (id, rest) = cell.split_once("\">").unwrap();
            (id, rest.split_once('<').unwrap().0)
        })
        .collect();
    assert_eq!(cells.len(), 4);
    for (id, shown) in cells {
        let status = home.json(&["status", "-j", "--session", shown]);
        assert_eq!(status["session_id"], id, "{shown}");
        home.ok(&["usage", "--session", shown]);
        home.ok(&["diff", shown, shown]);
    }
}
