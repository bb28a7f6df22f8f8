use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::purge as purge_logs;
use super::*;
use crate::fold_segments;
use crate::lock::create_lock;

const OURS: &str = "018f2b1e-7c3a-7def-8123-456789abcdef";
const OTHER: &str = "018f2b1e-7c3a-7def-8123-000000000000";

fn request(day: u32, session: &str, number: u32) -> String {
    format!(
        "{{\"ts\":\"2026-11-{day:02}T10:00:00.000000Z\",\"v\":1,\"session_id\":\"{session}\",\"request_id\":\"{session}-{number}\",\"model\":\"m\",\"prompt_tokens\":{number}}}\n"
    )
}

fn header(session: &str) -> String {
    format!(
        "{{\"ts\":\"2026-11-20T10:00:00.000000Z\",\"type\":\"header\",\"v\":1,\"pid\":7,\"app\":\"a\",\"app_version\":\"1\",\"session_id\":\"{session}\",\"os\":\"linux\",\"arch\":\"x86_64\"}}\n"
    )
}

fn span(day: u32, session: &str, name: &str) -> String {
    format!(
        "{{\"ts\":\"2026-11-{day:02}T11:00:00.000000Z\",\"type\":\"span\",\"name\":\"{name}\",\"id\":1,\"thread\":\"main\",\"dur_ns\":1,\"outcome\":\"ok\",\"session_id\":\"{session}\",\"src\":\"s:1\"}}\n"
    )
}

struct Logs {
    directory: tempfile::TempDir,
    logs: Vec<RetainedLog>,
}

impl Logs {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        create_lock(&Directory::open(at).unwrap());
        let log = |naming, kind| RetainedLog { naming, kind };
        let shared = |name: &str| Naming::shared(&at.join(name)).unwrap();
        let logs = vec![
            log(Naming::stamped(at.to_path_buf()), LogKind::Debug),
            log(shared("codex-litellm-session.jsonl"), LogKind::Session),
            log(shared("codex-tui.log"), LogKind::Tui),
            log(shared("metrics.jsonl"), LogKind::Custom),
        ];
        Self { directory, logs }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn purge(&self, purge: &Purge) -> Purged {
        let purged = purge_logs(&self.logs, 0, purge, false).unwrap();
        assert!(purged.failed.is_empty(), "{:?}", purged.failed);
        purged
    }

    /// Returns the text of all files but locks, in the order of their names.
    fn text(&self) -> String {
        let mut files: Vec<_> = fs::read_dir(self.path()).unwrap().flatten().collect();
        files.sort_by_key(fs::DirEntry::file_name);
        let texts = files
            .iter()
            .map(|file| fs::read_to_string(file.path()).unwrap());
        texts.collect()
    }
}

fn session() -> Purge {
    Purge::Session(OURS.to_owned())
}

#[test]
fn a_session_is_removed_from_every_file_and_no_other_line_changes() {
    let logs = Logs::new();
    let child = request(22, OTHER, 9).replace(
        "\"v\":1",
        &format!("\"v\":1,\"parent_session_id\":\"{OURS}\""),
    );
    let long = format!("{{\"other\":\"{}\"}}\n", "x".repeat(200_000));
    logs.write(
        "codex-litellm-session.20261121T000000Z-7.jsonl",
        &[
            request(21, OURS, 1),
            request(21, OTHER, 2),
            long.clone(),
            request(21, OURS, 3),
        ]
        .concat(),
    );
    logs.write(
        "codex-litellm-session.jsonl",
        &[request(22, OURS, 4), child.clone(), request(22, OTHER, 5)].concat(),
    );
    logs.write(
        "20261120T100000Z-7.jsonl",
        &[header(OURS), span(22, OURS, "a.b"), span(22, OTHER, "c.d")].concat(),
    );
    logs.write(
        "20261121T100000Z-8.jsonl",
        &[header(OURS), span(22, OURS, "only.ours")].concat(),
    );
    logs.write(
        "metrics.jsonl",
        &[header(OTHER), span(22, OURS, "e.f"), span(22, OTHER, "g.h")].concat(),
    );
    logs.write("codex-tui.log", "2026-11-22T10:00:00Z  INFO a line\n");
    logs.write("foreign.txt", OURS);

    let preview = purge_logs(&logs.logs, 0, &session(), true).unwrap();
    let before = logs.text();
    let purged = logs.purge(&session());
    assert_eq!(before.matches(OURS).count(), 13);
    let count = |purged: &Purged| purged.files.iter().map(|file| file.records).sum::<u64>();
    assert_eq!((count(&preview), count(&purged)), (6, 6));
    assert_eq!(purged.children.iter().collect::<Vec<_>>(), [OTHER]);
    assert_eq!(purged.not_examined, [logs.path().join("codex-tui.log")]);
    assert!(purged.files.iter().all(|file| !file.in_use));

    let after = logs.text();
    // The child's record and the foreign file still name the session.
    assert_eq!(after.matches(OURS).count(), 2, "{after}");
    for kept in [
        &request(21, OTHER, 2),
        &long,
        &child,
        &request(22, OTHER, 5),
        &span(22, OTHER, "c.d"),
        &span(22, OTHER, "g.h"),
        &header("00000000-0000-0000-0000-000000000000"),
        &header(OTHER),
    ] {
        assert_eq!(
            after.matches(kept.as_str()).count(),
            1,
            "{}",
            &kept[..kept.len().min(200)]
        );
    }
    assert!(!logs.path().join("20261121T100000Z-8.jsonl").exists());
    assert!(logs.purge(&session()).files.is_empty());
}

#[test]
fn everything_before_a_day_is_removed() {
    let logs = Logs::new();
    logs.write(
        "codex-litellm-session.jsonl",
        &[
            request(20, OURS, 1),
            "{\"ts\":\"torn\n".to_owned(),
            request(22, OTHER, 2),
        ]
        .concat(),
    );
    logs.write(
        "20261120T100000Z-7.jsonl",
        &[header(OURS), span(20, OURS, "a.b"), span(22, OURS, "c.d")].concat(),
    );
    logs.write(
        "20261120T100000Z-8.jsonl",
        &[header(OURS), span(20, OURS, "a.b")].concat(),
    );
    logs.write(
        "codex-tui.log",
        "2026-11-20T10:00:00Z  INFO old\n  its second line\n2026-11-22T10:00:00Z  INFO new\n  its second line\n",
    );
    let before = Purge::Before("2026-11-22T00:00:00Z".parse().unwrap());
    let purged = logs.purge(&before);
    assert_eq!(purged.files.iter().map(|file| file.records).sum::<u64>(), 6);
    let after = logs.text();
    assert_eq!(
        after,
        [
            header(OURS),
            span(22, OURS, "c.d"),
            request(22, OTHER, 2),
            "2026-11-22T10:00:00Z  INFO new\n  its second line\n".to_owned(),
        ]
        .concat()
    );
}

#[test]
fn sums_of_the_session_leave_the_rollup_and_the_others_stay() {
    let logs = Logs::new();
    let segment = "codex-litellm-session.20261121T000000Z-7.jsonl";
    logs.write(
        segment,
        &[
            request(21, OURS, 1),
            request(21, OTHER, 2),
            request(22, OURS, 3),
        ]
        .concat(),
    );
    let directory = Directory::open(logs.path()).unwrap();
    let limits = Limits {
        max_bytes: u64::MAX,
        part_bytes: u64::MAX,
        today: crate::calendar::day_of("2026-11-23T00:00:00Z".parse().unwrap()),
    };
    let folded = fold_segments(&directory, &[segment.to_owned()], &[], limits, true).unwrap();
    assert_eq!(folded.folded, [segment]);
    // It has the rollup open, which keeps others from changing the rollup on Windows.
    drop(folded);
    fs::remove_file(logs.path().join(segment)).unwrap();

    let purged = logs.purge(&session());
    assert_eq!((purged.rolled_up_requests, purged.files.len()), (2, 0));
    let sums = |logs: &Logs| {
        let mut found = Vec::new();
        let file = fs::File::open(logs.path().join(ROLLUP_FILE)).unwrap();
        read_sums(&file, |sum| {
            found.push((sum.session_id.clone().into_owned(), sum.sums.requests));
        })
        .unwrap();
        found
    };
    assert_eq!(sums(&logs), [(OTHER.to_owned(), 1)]);
    assert_eq!(
        logs.purge(&Purge::Before("2026-11-22T00:00:00Z".parse().unwrap()))
            .rolled_up_requests,
        1
    );
    assert!(sums(&logs).is_empty());
}

/// A writer has the closed segment open and appends to it after the purge: nothing of it is lost.
#[test]
fn a_file_in_use_is_purged_where_it_is() {
    let logs = Logs::new();
    let directory = Directory::open(logs.path()).unwrap();
    let name = "20261120T100000Z-7.jsonl";
    let mut log = directory.create_log(name).unwrap();
    let text = [
        header(OURS),
        span(22, OURS, "a.b"),
        span(22, OTHER, "c.d"),
        span(22, OURS, "e.f"),
    ];
    log.write_all(text.concat().as_bytes()).unwrap();
    let purged = logs.purge(&session());
    assert_eq!(
        (
            purged.files.len(),
            purged.files[0].records,
            purged.files[0].in_use
        ),
        (1, 2, true)
    );
    log.write_all(span(23, OTHER, "later.span").as_bytes())
        .unwrap();
    let after = fs::read_to_string(logs.path().join(name)).unwrap();
    assert!(!after.contains(OURS), "{after}");
    let lines: Vec<&str> = after
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let expected = [
        header("00000000-0000-0000-0000-000000000000"),
        span(22, OTHER, "c.d"),
        span(23, OTHER, "later.span"),
    ];
    assert_eq!(lines.join("\n") + "\n", expected.concat());
}

/// A setting may name any file.
#[test]
fn a_file_of_another_program_is_not_changed() {
    let mut logs = Logs::new();
    let theirs = "2020-11-20T10:00:00Z  INFO a log of another program\n";
    logs.write("other.log", theirs);
    logs.write("metrics.jsonl", "{\"time\":\"2020-11-20T10:00:00Z\"}\n");
    let naming = Naming::shared(&logs.path().join("other.log")).unwrap();
    logs.logs.push(RetainedLog {
        naming,
        kind: LogKind::Tui,
    });
    let before = Purge::Before("2026-11-22T00:00:00Z".parse().unwrap());
    assert!(logs.purge(&before).files.is_empty());
    assert!(logs.text().contains(theirs));
}

/// A segment that begins with spaces is still one of ours, so that the budget can remove it.
#[test]
fn a_segment_that_was_purged_in_place_is_pruned() {
    let logs = Logs::new();
    let directory = Directory::open(logs.path()).unwrap();
    let name = "20261120T100000Z-7.jsonl";
    logs.write(
        name,
        &format!("{}\n{}", " ".repeat(100_000), span(22, OTHER, "c.d")),
    );
    let removal = crate::removal::remove(&directory, name.as_ref(), &logs.logs[0]).unwrap();
    assert!(
        matches!(removal, crate::removal::Removal::Removed),
        "{removal:?}"
    );
}

/// A process was killed after it had added the sums of the end of a segment, and before it cut the segment there.
#[test]
fn a_segment_whose_end_is_folded_is_cut_before_lines_are_removed() {
    let logs = Logs::new();
    let name = "codex-litellm-session.20261120T100000Z-7.jsonl";
    let begin: String = (0..20)
        .map(|it| request(20, OURS, it) + &request(20, OTHER, it))
        .collect();
    let end: String = (20..40).map(|it| request(20, OTHER, it)).collect();
    logs.write(name, &format!("{begin}{end}"));
    let sums = format!(
        "{{\"ts\":\"2026-11-20T10:00:00.000000Z\",\"type\":\"rollup\",\"v\":1,\"day\":\"2026-11-20\",\"session_id\":\"{OTHER}\",\"model\":\"m\",\"last\":\"2026-11-20T10:00:00.000000Z\",\"batch\":5,\"sums\":{{\"turns\":20,\"requests\":20}}}}\n"
    );
    let folded = format!(
        "{{\"ts\":\"2026-11-20T10:00:00.000000Z\",\"type\":\"folded_batch\",\"v\":1,\"batch\":5,\"segments\":[\"{name}\"],\"offset\":{}}}\n",
        begin.len()
    );
    logs.write(ROLLUP_FILE, &format!("{sums}{folded}"));
    logs.purge(&session());
    let left: String = (0..20).map(|it| request(20, OTHER, it)).collect();
    let path = logs.path().join(name);
    assert_eq!(fs::read_to_string(&path).unwrap(), left);
    // The rest is folded like any segment.
    let directory = Directory::open(logs.path()).unwrap();
    fold_segments(
        &directory,
        &[name.to_owned()],
        &[],
        Limits::of_budget(0),
        true,
    )
    .unwrap();
    let file = fs::File::open(logs.path().join(ROLLUP_FILE)).unwrap();
    let mut requests = 0;
    read_sums(&file, |sums| requests += sums.sums.requests).unwrap();
    assert_eq!(requests, 40);
}

#[test]
fn a_lock_that_no_process_can_take_prevents_no_purge() {
    let logs = Logs::new();
    let lock = logs.path().join(LOCK_FILE);
    logs.write("codex-litellm-session.jsonl", &request(20, OURS, 1));
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    assert_eq!(logs.purge(&session()).files[0].records, 1);
}

#[test]
fn holes_of_a_sparse_log_are_neither_read_nor_written() {
    let logs = Logs::new();
    let name = "codex-litellm-session.20261120T100000Z-7.jsonl";
    let path = logs.path().join(name);
    let lines = |from: u32| -> String {
        (from..from + 20)
            .map(|it| request(20, OURS, it) + &request(20, OTHER, it))
            .collect()
    };
    fs::write(&path, lines(0)).unwrap();
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    for hole in 1..=2_u32 {
        file.set_len(u64::from(hole) * (40 << 30)).unwrap();
        file.write_all(format!("\n{}", lines(hole * 20)).as_bytes())
            .unwrap();
    }
    let purged = logs.purge(&session());
    assert_eq!(purged.files[0].records, 60);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert_eq!(text.matches(OURS).count(), 0);
    let left: Vec<&str> = text.lines().filter(|line| line.starts_with('{')).collect();
    let expected: String = (0..60).map(|it| request(20, OTHER, it)).collect();
    assert_eq!(left, expected.lines().collect::<Vec<_>>());
    let other = logs.purge(&Purge::Session(OTHER.to_owned()));
    assert_eq!(other.files[0].records, 60);
}

/// Appends to the live log as the runtime does, while it is purged again and again.
#[test]
fn records_that_are_appended_meanwhile_stay() {
    const OTHERS: u32 = 2000;
    let logs = Logs::new();
    let live = "codex-litellm-session.jsonl";
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let directory = Directory::open(logs.path()).unwrap();
            let mut open: Option<fs::File> = None;
            for number in 0..OTHERS {
                let is_current = open.as_ref().is_some_and(|file| {
                    let there = directory.status(live).map(|status| status.identity).ok();
                    there == crate::platform::Identity::of(file).ok()
                });
                if !is_current {
                    open = None;
                }
                while open.is_none() {
                    open = directory.open_log(live).unwrap();
                }
                let lines = [request(22, OTHER, number), request(22, OURS, number)].concat();
                open.as_ref().unwrap().write_all(lines.as_bytes()).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            purge_logs(&logs.logs, 0, &session(), false).unwrap();
        }
    });
    logs.purge(&session());
    let text = logs.text();
    assert_eq!(text.matches(OURS).count(), 0);
    for number in 0..OTHERS {
        assert_eq!(
            text.matches(&request(22, OTHER, number)).count(),
            1,
            "{number}"
        );
    }
}
