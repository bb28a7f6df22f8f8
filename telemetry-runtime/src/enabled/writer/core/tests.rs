use telemetry_schema::LogKind;
use telemetry_store::Naming;

use super::*;

#[test]
fn whether_a_log_waits_for_the_disk_is_known_without_its_lock() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("logs/shared.jsonl");
    let log = Log::new(Naming::shared(&at).unwrap(), LogKind::Session, None);
    let retention = Retention::new(0, Vec::new(), 1);
    let core = Core::new(vec![Some(log)], retention, |_| Vec::new());
    let during_a_write = core.log(0).unwrap().lock();
    assert!(!core.has_pending(0));
    assert!(!core.is_waiting());
    drop(during_a_write);
    std::fs::write(directory.path().join("logs"), "not a directory").unwrap();
    core.append(0, b"{}\n");
    let during_a_write = core.log(0).unwrap().lock();
    assert!(core.has_pending(0) && core.is_waiting());
    drop(during_a_write);
    std::fs::remove_file(directory.path().join("logs")).unwrap();
    core.retry();
    assert!(!core.has_pending(0) && !core.is_waiting());
    assert_eq!(std::fs::read_to_string(&at).unwrap(), "{}\n");
}

/// A session log with one line, and its path.
fn session_log(directory: &std::path::Path) -> (Core, PathBuf) {
    let at = directory.join("logs/shared.jsonl");
    let log = Log::new(Naming::shared(&at).unwrap(), LogKind::Session, None);
    let retention = Retention::new(1 << 20, Vec::new(), 1);
    let core = Core::new(vec![Some(log)], retention, |_| Vec::new());
    core.append(0, b"{\"first\":1}\n");
    (core, at)
}

#[test]
fn a_line_is_appended_while_another_thread_has_the_log_locked() {
    let directory = tempfile::tempdir().unwrap();
    let (core, at) = session_log(directory.path());
    // The other thread is not run at this time. With the lock, this would never end.
    let of_other = core.log(0).unwrap().lock();
    core.append(0, b"{\"second\":2}\n");
    drop(of_other);
    let text = std::fs::read_to_string(&at).unwrap();
    assert_eq!(text, "{\"first\":1}\n{\"second\":2}\n");
}

#[test]
fn a_full_segment_is_used_further_while_another_thread_has_the_log_locked() {
    let directory = tempfile::tempdir().unwrap();
    let (core, at) = session_log(directory.path());
    let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
    let segment = core.retention.segment_bytes();
    while std::fs::metadata(&at).unwrap().len() + line.len() as u64 <= segment {
        core.append(0, line.as_bytes());
    }
    let of_other = core.log(0).unwrap().lock();
    core.append(0, line.as_bytes());
    drop(of_other);
    let len = std::fs::metadata(&at).unwrap().len();
    assert!(len > segment && len <= segment + segment / 8);
    // The next line begins the next segment.
    core.append(0, b"{}\n");
    assert_eq!(std::fs::read_to_string(&at).unwrap(), "{}\n");
}

#[test]
fn the_end_of_the_process_waits_for_appends_without_the_lock_and_takes_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let (core, at) = session_log(directory.path());
    let log = core.log(0).unwrap();
    // The end begins while a thread is about to write.
    let written = log.append_unlocked(b"{\"late\":1}\n", &core.retention, || {
        core.flush_and_end_before(Instant::now());
        assert!(!log.wait_for_appends_before(Instant::now()));
        core.is_exiting()
    });
    assert!(!written && log.wait_for_appends_before(Instant::now()));
    core.append(0, b"{\"later\":1}\n");
    assert_eq!(std::fs::read_to_string(&at).unwrap(), "{\"first\":1}\n");
}
