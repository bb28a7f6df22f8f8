//! Scratch.
use std::hint::black_box;
use std::time::{Duration, Instant};
use telemetry_runtime::{Config, telemetry_span};
#[inline(never)]
#[telemetry_span("bench.fields", fields(source, count, ok))]
fn fields(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}
#[inline(never)]
#[telemetry_span("bench.plain")]
fn plain(count: u64) -> u64 {
    black_box(count)
}
fn cpu() -> Vec<(String, u64, u64)> {
    let mut v = vec![];
    for t in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let name = std::fs::read_to_string(t.path().join("comm"))
            .unwrap()
            .trim()
            .to_owned();
        let ns: u64 = std::fs::read_to_string(t.path().join("schedstat"))
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        v.push((name, ns, 0));
    }
    v
}
fn main() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("config.toml"),
        "[telemetry]\nenabled = true\n",
    )
    .unwrap();
    let t = telemetry_runtime::init(Config::load(dir.path()).unwrap()).unwrap();
    std::thread::sleep(Duration::from_millis(250));
    for (name, with) in [
        ("fields", true),
        ("plain", false),
        ("fields", true),
        ("plain", false),
    ] {
        let n = 600u64;
        let rounds = 150;
        let mut times = vec![];
        let before = cpu();
        for _ in 0..rounds {
            let s = Instant::now();
            if with {
                for c in 0..n {
                    black_box(fields(black_box("litellm"), black_box(c), black_box(true)));
                }
            } else {
                for c in 0..n {
                    black_box(plain(black_box(c)));
                }
            }
            times.push(s.elapsed().as_nanos() as f64 / n as f64);
            std::thread::sleep(Duration::from_millis(6));
        }
        let after = cpu();
        times.sort_by(f64::total_cmp);
        let w = |v: &Vec<(String, u64, u64)>| v.iter().find(|x| x.0 == "telemetry").unwrap().1;
        println!(
            "{name}: caller {:.1} ns, writer (user+kernel, incl. wakeups) {:.1} ns",
            times[times.len() / 2],
            (w(&after) - w(&before)) as f64 / (n * rounds) as f64
        );
    }
    drop(t);
}
