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
fn times() -> (u64, u64) {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let v: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (v[11].parse().unwrap(), v[12].parse().unwrap())
}
fn main() {
    let threads: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let with = std::env::args().nth(2).is_none();
    let n: u64 = 200_000;
    let (mut wall, mut user, mut sys) = (vec![], 0, 0);
    for _ in 0..8 {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("config.toml"),
            "[telemetry]\nenabled = true\n",
        )
        .unwrap();
        let t = telemetry_runtime::init(Config::load(dir.path()).unwrap()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let b = times();
        let s = Instant::now();
        let hs: Vec<_> = (0..threads)
            .map(|_| {
                std::thread::spawn(move || {
                    if with {
                        for c in 0..n / threads {
                            black_box(fields(black_box("litellm"), black_box(c), black_box(true)));
                        }
                    } else {
                        for c in 0..n / threads {
                            black_box(plain(black_box(c)));
                        }
                    }
                })
            })
            .collect();
        for h in hs {
            h.join().unwrap();
        }
        drop(t);
        wall.push(s.elapsed().as_nanos() as f64 / n as f64);
        let a = times();
        user += a.0 - b.0;
        sys += a.1 - b.1;
    }
    wall.sort_by(f64::total_cmp);
    let k = 1e7 / (8.0 * n as f64);
    println!(
        "{threads} threads: wall {:.1} ns (min {:.1}), user {:.0} sys {:.0} ns",
        wall[4],
        wall[0],
        user as f64 * k,
        sys as f64 * k
    );
}
