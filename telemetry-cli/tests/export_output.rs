//! `export -o`: the kinds of paths, and the handling of an existing file.

mod home;

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use home::{DEBUG, Home};

fn export(home: &Home, to: &Path) -> Output {
    home.run(&["export", "csv", "-o", to.to_str().unwrap()])
}

fn is_written(home: &Home, to: &Path) {
    let output = export(home, to);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", to.display());
}

fn expected(home: &Home) -> String {
    home.ok(&["export", "csv"])
}

#[test]
fn a_device_stays_a_device() {
    let home = Home::of_demo();
    let device = home.path().join("null");
    let made = Command::new("mknod")
        .arg(&device)
        .args(["c", "1", "3"])
        .output();
    // If the test does not run as root, the path leads to the system's device, which cannot be replaced.
    if !made.is_ok_and(|made| made.status.success()) {
        symlink("/dev/null", &device).unwrap();
    }
    is_written(&home, &device);
    let kind = fs::metadata(&device).unwrap().file_type();
    assert!(kind.is_char_device(), "{kind:?}");
    let full = export(&home, Path::new("/dev/full"));
    assert_eq!(
        full.status.code(),
        Some(2),
        "an error of the device is reported"
    );
    assert!(
        fs::metadata("/dev/full")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

#[test]
fn a_pipe_gets_the_export() {
    let home = Home::of_demo();
    let pipe = home.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    is_written(&home, &pipe);
    assert_eq!(reader.join().unwrap(), expected(&home));
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    // The link of /dev/stdout leads to a pipe without a path.
    let output = export(&home, Path::new("/dev/stdout"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected(&home));
}

/// A shell redirects the output to a file that has other content.
#[test]
fn a_descriptor_is_written_to_where_it_is() {
    let home = Home::of_demo();
    let file = home.path().join("all.csv");
    for name in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"] {
        for is_appended in [true, false] {
            fs::write(&file, "before\n").unwrap();
            let inode = fs::metadata(&file).unwrap().ino();
            let mut stdout = File::options()
                .append(is_appended)
                .write(true)
                .open(&file)
                .unwrap();
            let before = if is_appended { "before\n" } else { "new\n" };
            if !is_appended {
                stdout.set_len(0).unwrap();
                stdout.write_all(before.as_bytes()).unwrap();
            }
            let output = home
                .command(&["export", "csv", "-o", name])
                .stdout(stdout)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(text, format!("{before}{}", expected(&home)), "{name}");
            assert_eq!(fs::metadata(&file).unwrap().ino(), inode);
        }
    }
    // A file that was removed meanwhile has no path.
    let stdout = File::options().write(true).open(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let output = home
        .command(&["export", "csv", "-o", "/dev/stdout"])
        .stdout(stdout)
        .output();
    assert!(output.unwrap().status.success());
    let names = fs::read_dir(home.path()).unwrap().flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().contains("all.csv")),
        "{names:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_export_leaves_nothing() {
    let home = Home::of_demo();
    let directory = home.path().join("out");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("out.csv");
    fs::write(&file, "before\n").unwrap();
    // The signal of a file that becomes too large ends the process.
    let arguments = ["export", "chrome", "-o", file.to_str().unwrap()];
    let command = home.command(&arguments);
    let limited = Command::new("sh")
        .args(["-c", "ulimit -f 1; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    assert!(!limited.status.success(), "{limited:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\n");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn errors_of_writing_name_the_output() {
    let home = Home::of_demo();
    for format in ["csv", "chrome", "folded", "otlp"] {
        let output = home.run(&["export", format, "-o", "/dev/full"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr.contains("cannot write /dev/full: "), "{stderr}");
    }
    // A path that names a directory that does not exist.
    let output = export(&home, &home.path().join("new/"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = home.run(&["export", "parquet", "-o", "/dev/null"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(!stderr.contains("the logs"), "{stderr}");
}

#[test]
fn links_are_followed() {
    let home = Home::of_demo();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("below")).unwrap();
    fs::write(at("below/there.csv"), "old").unwrap();
    for (link, target, file) in [
        ("to_file", "below/there.csv", "below/there.csv"),
        ("to_link", "to_file", "below/there.csv"),
        ("to_nothing", "below/new.csv", "below/new.csv"),
    ] {
        symlink(target, at(link)).unwrap();
        is_written(&home, &at(link));
        assert_eq!(
            fs::read_link(at(link)).unwrap(),
            Path::new(target),
            "the link stays"
        );
        assert_eq!(
            fs::read_to_string(at(file)).unwrap(),
            expected(&home),
            "{link}"
        );
    }
    symlink("loop", at("loop")).unwrap();
    assert_eq!(export(&home, &at("loop")).status.code(), Some(2));
    let names = fs::read_dir(at("below")).unwrap();
    assert_eq!(names.count(), 2, "no temporary file is left");
}

#[test]
fn the_mode_stays() {
    let home = Home::of_demo();
    let file = home.path().join("out.csv");
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
    is_written(&home, &file);
    assert_eq!(mode(), 0o600, "a new file is private");
    for wanted in [0o644, 0o604, 0o660] {
        fs::set_permissions(&file, Permissions::from_mode(wanted)).unwrap();
        is_written(&home, &file);
        assert_eq!(mode(), wanted);
    }
    // Root writes the file of another user, which stays theirs.
    if std::os::unix::fs::chown(&file, Some(12345), Some(12345)).is_ok() {
        is_written(&home, &file);
        assert_eq!(fs::metadata(&file).unwrap().uid(), 12345);
    }
}

#[test]
fn files_of_telemetry_are_refused() {
    let home = Home::of_demo();
    let other = Home::of_demo();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\n",
    )
    .unwrap();
    fs::write(
        other.path().join("config.toml"),
        "model = \"x\"\n[telemetry.logs.session]\n",
    )
    .unwrap();
    let rollup = "codex-litellm-usage-rollup.jsonl";
    home.write(".telemetry.lock", "");
    home.write("codex-tui.20201120T100000Z-7.log", "old text\n");
    home.write("not-ours.txt", "text\n");
    let session = "codex-litellm-session.jsonl";
    let linked = |name: &str, target: &Path| {
        let link = home.path().join(name);
        symlink(target, &link).unwrap();
        link
    };
    // The files belong to another home: a text log, and logs whose first line a crash has damaged.
    other.write(
        "codex-tui.log",
        "2020-11-22T18:54:00.000000Z  INFO telemetry: log of codex 1, pid 7\n",
    );
    for name in ["damaged.jsonl", "zeros.jsonl"] {
        let log = fs::read(other.log(session)).unwrap();
        let damage: &[u8] = match name {
            "zeros.jsonl" => &[0; 10_000],
            _ => b"{\"ts\":\"20\n",
        };
        fs::write(other.log(name), [damage, &log].concat()).unwrap();
    }
    let hard = home.path().join("hard.csv");
    fs::hard_link(home.log(DEBUG), &hard).unwrap();
    let paths = [
        home.path().join("config.toml"),
        home.path().join("logs/../config.toml"),
        home.log(session),
        home.log(DEBUG),
        home.log("codex-tui.log"),
        home.log("codex-tui.20201120T100000Z-7.log"),
        home.log(rollup),
        home.log(".telemetry.lock"),
        linked("link.csv", &home.log(session)),
        linked("config.csv", &home.path().join("config.toml")),
        hard,
        // The content shows that the file is a log of another home.
        other.log(session),
        other.log(DEBUG),
        other.path().join("config.toml"),
        other.path().join(rollup),
        other.log("codex-tui.log"),
        other.log("damaged.jsonl"),
        other.log("zeros.jsonl"),
    ];
    for path in &paths {
        let before = fs::read(path).ok();
        let output = export(&home, path);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}", path.display());
        assert!(
            stderr.contains("which an output never replaces"),
            "{}: {stderr}",
            path.display()
        );
        assert_eq!(fs::read(path).ok(), before, "{}", path.display());
    }
    // Everything else may be replaced, also in the log directory.
    is_written(&home, &home.log("not-ours.txt"));
    let mut text = String::new();
    File::open(home.log("not-ours.txt"))
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, expected(&home));
    fs::write(other.path().join("config.csv"), "a,b\n").unwrap();
    is_written(&home, &other.path().join("config.csv"));
}
