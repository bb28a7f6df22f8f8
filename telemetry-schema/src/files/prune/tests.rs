use super::*;
use std::time::Duration;

#[test]
fn of_thousands_of_files_the_oldest_go_whatever_their_log() {
    const FILES: u64 = 3_000;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: String| directory.path().join(name);
    let logs = [
        (Naming::stamped(directory.path().into()), RetainedKind::Json),
        (
            Naming::shared(&path("codex-tui.log".to_owned())).unwrap(),
            RetainedKind::Text,
        ),
    ];
    let names: Vec<String> = (1..=FILES)
        .map(|pid| match pid % 3 {
            0 => format!("codex-tui.20250101T000000Z-{pid}.log"),
            1 => format!("20250101T000000Z-{pid}.jsonl"),
            _ => format!("20250101T000000Z-{pid}.jsonl.mine"),
        })
        .collect();
    for (age, name) in (0..FILES).zip(&names) {
        let text = if Path::new(name).extension().is_some_and(|it| it == "log") {
            "2025-01-01T00:00:00.000000Z  INFO it ran\n"
        } else {
            "{\"ts\":\"2025-01-01T00:00:00.000000Z\"}\n"
        };
        // Not in the order of their names, so that age alone can tell.
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs((age * 7) % FILES);
        fs::write(path(name.clone()), format!("{text:40.40}")).unwrap();
        let file = File::options().append(true).open(path(name.clone()));
        file.unwrap().set_modified(modified).unwrap();
    }
    let ours = FILES / 3 * 2;
    let keep = 500;
    let logs = logs.map(|(naming, kind)| RetainedLog { naming, kind });
    let pruned = prune(&logs, keep * 40).unwrap();
    assert_eq!(pruned.removed.len() as u64, ours - keep);
    assert!(pruned.failed.is_empty());
    let mut expected: Vec<(u64, &String)> = (0..FILES)
        .map(|age| (age * 7) % FILES)
        .zip(&names)
        .filter(|(_, name)| !name.contains("mine"))
        .collect();
    expected.sort_unstable();
    assert_eq!(expected.len() as u64, ours);
    let gone = usize::try_from(ours - keep).unwrap();
    for (at, (_, name)) in expected.iter().enumerate() {
        assert_eq!(path((*name).clone()).exists(), at >= gone, "{at} {name}");
    }
    for foreign in names.iter().filter(|name| name.contains("mine")) {
        assert!(path(foreign.clone()).exists());
    }
}
