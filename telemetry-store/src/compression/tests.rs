use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use telemetry_schema::LogKind;
use tempfile::TempDir;

use super::*;
use crate::compressed::{compressed_path, open_compressed};
use crate::listing::{RetainedLog, listing};
use crate::name::Naming;
use crate::prune::{Pruner, prune};
use crate::purge::{Purge, purge};
use crate::regular::{self, Opened};

const SEGMENT: &str = "20261122T185400Z-4242.jsonl";

/// A log of about this many bytes.
fn text(bytes: usize) -> Vec<u8> {
    let mut text = b"{\"ts\":\"2026-11-22T18:54:00.000001Z\",\"type\":\"header\",\"v\":1,\"session_id\":\"s0\"}\n".to_vec();
    for id in 0.. {
        if text.len() >= bytes {
            break;
        }
        let line = format!(
            "{{\"ts\":\"2026-11-22T18:54:00.{:06}Z\",\"type\":\"span\",\"name\":\"model.request\",\"id\":{id},\"thread\":\"main\",\
             \"dur_ns\":{},\"outcome\":\"ok\",\"session_id\":\"s{}\"}}\n",
            id % 1_000_000,
            id * 7919 % 100_000,
            id % 3
        );
        text.extend(line.bytes());
    }
    text
}

fn logs(bytes: usize) -> (TempDir, PathBuf, Directory) {
    let home = tempfile::tempdir().unwrap();
    let segment = home.path().join(SEGMENT);
    fs::write(&segment, text(bytes)).unwrap();
    let directory = Directory::open(home.path()).unwrap();
    (home, segment, directory)
}

fn run(directory: &Directory) -> io::Result<Compressed> {
    compress(directory, OsStr::new(SEGMENT), LogKind::Debug, &mut |_| {
        true
    })
}

fn retained(directory: &Path) -> Vec<RetainedLog> {
    vec![RetainedLog {
        naming: Naming::stamped(directory.to_path_buf()),
        kind: LogKind::Debug,
    }]
}

fn read(path: &Path) -> Vec<u8> {
    let Opened::File(mut file) = regular::open(path).unwrap() else {
        panic!("{} is not a file", path.display());
    };
    let mut text = Vec::new();
    file.read_to_end(&mut text).unwrap();
    text
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_closed_segment_is_replaced_and_read_as_before() {
    // Less than a frame, and several frames.
    for bytes in [20_000, 3 * FRAME_BYTES] {
        let (home, segment, directory) = logs(bytes);
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        File::options()
            .write(true)
            .open(&segment)
            .unwrap()
            .set_modified(modified)
            .unwrap();
        let Compressed::Yes { from, to } = run(&directory).unwrap() else {
            panic!("{bytes}");
        };
        assert!(from >= bytes as u64 && to * 3 < from, "{from} {to}");
        assert_eq!(names(home.path()), [format!("{SEGMENT}.zst")]);
        assert_eq!(read(&segment), text(bytes));
        let metadata = fs::metadata(compressed_path(&segment)).unwrap();
        assert_eq!(
            (metadata.len(), metadata.modified().unwrap()),
            (to, modified)
        );
        // The compressed file counts with its own bytes, and is removed like any other file.
        let listing = listing(&retained(home.path())).unwrap();
        assert_eq!(
            listing
                .files
                .iter()
                .map(|file| file.bytes)
                .collect::<Vec<_>>(),
            [to]
        );
        assert_eq!(prune(&retained(home.path()), 1).unwrap().removed.len(), 1);
        assert!(names(home.path()).is_empty());
    }
}

#[test]
fn segments_in_use_or_of_other_programs_are_kept() {
    // In use.
    let (home, _, directory) = logs(20_000);
    let writer = directory.open_log(SEGMENT).unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::InUse);
    drop(writer);
    // Under another name as well.
    fs::hard_link(home.path().join(SEGMENT), home.path().join("other")).unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::No);
    // A file of another program.
    let (home, segment, directory) = logs(0);
    fs::write(&segment, vec![b'x'; 20_000]).unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::No);
    // Of one block.
    fs::write(&segment, text(1000)).unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::No);
    assert_eq!(names(home.path()), [SEGMENT]);
}

#[test]
fn a_foreign_file_with_the_name_of_a_compressed_one_is_not_touched() {
    let (home, segment, directory) = logs(20_000);
    let foreign = compressed_path(&segment);
    fs::write(&foreign, "notes").unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::No);
    fs::remove_file(&segment).unwrap();
    assert!(matches!(regular::open(&segment).unwrap(), Opened::Missing));
    assert_eq!(prune(&retained(home.path()), 1).unwrap().removed.len(), 0);
    assert_eq!(fs::read(&foreign).unwrap(), b"notes");
}

#[cfg(unix)]
#[test]
fn a_symlink_with_the_name_of_a_segment_is_not_followed() {
    let (home, segment, directory) = logs(20_000);
    let target = home.path().join("target");
    fs::rename(&segment, &target).unwrap();
    std::os::unix::fs::symlink(&target, &segment).unwrap();
    run(&directory).unwrap_err();
    fs::remove_file(&segment).unwrap();
    std::os::unix::fs::symlink(&target, compressed_path(&segment)).unwrap();
    assert!(open_compressed(&segment).unwrap().is_none());
    assert_eq!(fs::read(&target).unwrap(), text(20_000));
}

#[test]
fn a_killed_compression_leaves_the_segment_and_nothing_that_stays() {
    let (home, segment, directory) = logs(20_000);
    run(&directory).unwrap();
    let compressed = fs::read(compressed_path(&segment)).unwrap();
    // Killed while it wrote aside, and after the rename.
    fs::write(&segment, text(20_000)).unwrap();
    fs::write(home.path().join(COMPRESSION_FILE), &compressed[..100]).unwrap();
    fs::write(compressed_path(&segment), &compressed[..200]).unwrap();
    assert_eq!(read(&segment), text(20_000));
    assert!(matches!(run(&directory).unwrap(), Compressed::Yes { .. }));
    assert_eq!(names(home.path()), [format!("{SEGMENT}.zst")]);
    assert_eq!(read(&segment), text(20_000));
    // Pruning removes the file aside as well.
    fs::write(home.path().join(COMPRESSION_FILE), "x").unwrap();
    prune(&retained(home.path()), 1 << 20).unwrap();
    assert_eq!(names(home.path()), [format!("{SEGMENT}.zst")]);
}

#[test]
fn a_damaged_compressed_file_is_an_error_that_names_it() {
    let (_home, segment, directory) = logs(20_000);
    run(&directory).unwrap();
    let path = compressed_path(&segment);
    let compressed = fs::read(&path).unwrap();
    let is_damaged = |damaged: &[u8]| {
        fs::write(&path, damaged).unwrap();
        let error = regular::open(&segment).unwrap_err().to_string();
        assert!(error.contains(SEGMENT), "{error}");
    };
    is_damaged(&compressed[..compressed.len() / 2]);
    for at in (head(0).len()..compressed.len()).step_by(7) {
        let mut flipped = compressed.clone();
        flipped[at] ^= 1 << (at % 8);
        is_damaged(&flipped);
    }
}

/// Each of these files is short, and would fill memory or the directory for temporary files.
#[test]
fn a_short_compressed_file_does_not_expand_to_a_huge_one() {
    let (_home, segment, _) = logs(0);
    fs::remove_file(&segment).unwrap();
    let path = compressed_path(&segment);
    let opened = |bytes: u64, frames: &[u8]| {
        fs::write(&path, [&head(bytes), frames].concat()).unwrap();
        open_compressed(&segment).map(|file| file.unwrap().metadata().unwrap().len())
    };
    // Blocks that repeat one byte.
    let zeros = compress_to_vec(&*vec![0; FRAME_BYTES], CompressionLevel::Fastest);
    let frames = zeros.repeat(20);
    let expanded = 20 * FRAME_BYTES as u64;
    assert!(frames.len() < 1000);
    let error = opened(expanded, &frames).unwrap_err().to_string();
    assert!(error.contains("too short"), "{error}");
    assert!(error.contains(SEGMENT), "{error}");
    // The frames are valid ones.
    let mut bytes = 0;
    each_part(&File::open(&path).unwrap(), |part| {
        bytes += part.len() as u64;
        Ok(())
    })
    .unwrap();
    assert_eq!(bytes, expanded);
    // The mark may have a smaller length than the text.
    let error = opened(1, &frames).unwrap_err().to_string();
    assert!(error.contains("longer than"), "{error}");
    // The decoder would keep a window of 64 MiB in memory.
    let mut large_window = zeros;
    large_window[5] = 16 << 3;
    let error = opened(1, &large_window).unwrap_err().to_string();
    assert!(error.contains("window"), "{error}");
}

/// Readers would refuse the compressed file.
#[test]
fn a_segment_that_is_not_made_of_lines_and_compresses_too_well_stays() {
    let (home, segment, directory) = logs(0);
    let line = "{\"ts\":\"2026-11-22T18:54:00.000001Z\",\"type\":\"event\",\"name\":\"a.b\"}\n";
    // Equal lines are the most repetitive log.
    let lines = line.repeat(3 * FRAME_BYTES / line.len());
    let filled = [line, &"x".repeat(3 * FRAME_BYTES)].concat();
    fs::write(&segment, filled).unwrap();
    assert_eq!(run(&directory).unwrap(), Compressed::No);
    assert_eq!(names(home.path()), [SEGMENT]);
    fs::write(&segment, &lines).unwrap();
    assert!(matches!(run(&directory).unwrap(), Compressed::Yes { .. }));
    assert_eq!(read(&segment), lines.as_bytes());
}

#[test]
fn room_is_asked_for_before_each_part_and_a_refusal_leaves_the_segment() {
    let (home, segment, directory) = logs(3 * FRAME_BYTES);
    let mut asked = Vec::new();
    let refused = compress(
        &directory,
        OsStr::new(SEGMENT),
        LogKind::Debug,
        &mut |bytes| {
            asked.push(bytes);
            asked.len() < 3
        },
    );
    assert_eq!((refused.unwrap(), asked.len()), (Compressed::Later, 3));
    assert_eq!(names(home.path()), [SEGMENT]);
    assert_eq!(read(&segment), text(3 * FRAME_BYTES));
}

#[test]
fn a_pruner_compresses_within_the_budget() {
    let home = tempfile::tempdir().unwrap();
    let budget = 1 << 20;
    for number in 1..=8 {
        let name = format!("20261122T185400Z-4242.{number}.jsonl");
        fs::write(home.path().join(name), text(120_000)).unwrap();
    }
    let pruner = Pruner::new(retained(home.path()), budget);
    pruner.prune().unwrap();
    let done = pruner.compress().unwrap();
    assert_eq!((done.files, done.failed.len()), (8, 0));
    assert!(names(home.path()).iter().all(|name| name.ends_with(".zst")));
    let counted = listing(&retained(home.path())).unwrap().counted();
    assert!(counted < budget / 4, "{counted}");
    // Nothing is left to do.
    assert_eq!(pruner.compress().unwrap().files, 0);
}

#[test]
fn a_purge_removes_the_records_of_a_session_from_a_compressed_segment() {
    let (home, segment, directory) = logs(50_000);
    let other = home.path().join("20261122T185401Z-4243.jsonl");
    let without = text(50_000)
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.windows(4).any(|part| part == b"\"s1\""))
        .flatten()
        .copied()
        .collect::<Vec<u8>>();
    fs::write(&other, &without).unwrap();
    run(&directory).unwrap();
    compress(
        &directory,
        other.file_name().unwrap(),
        LogKind::Debug,
        &mut |_| true,
    )
    .unwrap();
    let wanted = Purge::Session("s1".to_owned());
    purge(&retained(home.path()), 0, &wanted, true).unwrap();
    assert_eq!(read(&segment), text(50_000));
    let purged = purge(&retained(home.path()), 0, &wanted, false).unwrap();
    assert_eq!((purged.files.len(), purged.failed.len()), (1, 0));
    assert_eq!(read(&segment), without);
    // A segment without such records stays compressed.
    let names = names(home.path());
    assert!(
        names.contains(&"20261122T185401Z-4243.jsonl.zst".to_owned()),
        "{names:?}"
    );
    assert!(!names.contains(&format!("{SEGMENT}.zst")), "{names:?}");
}
