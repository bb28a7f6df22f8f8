use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::{MAX_MAP_LEN, PriceMapFile, read};
use crate::enabled::config::Pricing;

#[test]
fn the_errors_of_a_map_are_reported_and_its_valid_entries_are_used() {
    let dir = tempfile::tempdir().unwrap();
    let map = |name: &str, text: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let (map, complaint) = read(&path);
        (
            map.map_or(0, |map| map.len()),
            complaint.unwrap_or_default(),
        )
    };
    assert_eq!(
        map("good", br#"{"m": {"input_cost_per_token": 1e-9}}"#),
        (1, String::new())
    );
    let (len, said) = map(
        "partly",
        br#"{"m": {"input_cost_per_token": 1e-9}, "n": {"output_cost_per_token": "?"}}"#,
    );
    assert_eq!(len, 1);
    assert_eq!(
        said,
        "1 entry has an invalid price and is skipped; the first: \"n\".output_cost_per_token: not a number"
    );
    let (len, said) = map("cut", br#"{"m": {"input_cost_per_token": 1e-9}, "n": {"#);
    assert_eq!(len, 0);
    assert!(
        said.starts_with("is not a valid price map: 1:44: unexpected end; expected"),
        "{said}"
    );
    assert!(said.ends_with("; its models are unpriced"), "{said}");
    assert!(map("binary", b"\xff\xfe").1.starts_with("cannot be read: "));
    assert!(
        map("empty", b"")
            .1
            .starts_with("is not a valid price map: 1:0: unexpected end")
    );

    let (none, said) = read(&dir.path().join("missing"));
    assert!(none.is_none());
    assert!(said.unwrap().starts_with("cannot be read: No such file"));
    let said = read(dir.path()).1.unwrap();
    assert_eq!(said, "is not a regular file; its models are unpriced");
    let huge = fs::File::create(dir.path().join("huge")).unwrap();
    huge.set_len(MAX_MAP_LEN + 1).unwrap();
    let said = read(&dir.path().join("huge")).1.unwrap();
    assert_eq!(
        said,
        format!("is longer than {MAX_MAP_LEN} bytes; its models are unpriced")
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_opening_it() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert_eq!(
        read(&pipe).1.unwrap(),
        "is not a regular file; its models are unpriced"
    );
}

#[test]
fn a_map_is_read_when_it_is_first_needed_and_then_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("prices.json");
    let map = PriceMapFile::new(path.clone(), None, |message| panic!("{message}"));
    fs::write(&path, r#"{"m": {"input_cost_per_token": 1e-9}}"#).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(map.get().unwrap().len(), 1));
        }
    });
    fs::remove_file(&path).unwrap();
    assert_eq!(map.get().unwrap().len(), 1);
}

#[test]
fn a_problem_that_the_configuration_has_reported_is_not_reported_again() {
    static WARNINGS: AtomicUsize = AtomicUsize::new(0);
    let count = |_: &str| {
        WARNINGS.fetch_add(1, Ordering::Relaxed);
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("prices.json");
    let problem = read(&path).1;
    assert!(problem.is_some());
    for (reported, text, warnings) in [
        (&None, None, 1),
        (&problem, None, 1),
        (&problem, Some("{}"), 1),
        (&problem, Some("{"), 2),
    ] {
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        PriceMapFile::new(path.clone(), reported.clone(), count).get();
        assert_eq!(WARNINGS.load(Ordering::Relaxed), warnings, "{text:?}");
    }
}

#[test]
fn a_configuration_without_prices_has_none() {
    let pricing = Pricing::default();
    assert!(pricing.prices.is_empty() && pricing.map.is_none());
    let names = [crate::CostSource::UserPrice, crate::CostSource::PriceMap]
        .map(|source| Value::from(source.as_str()));
    assert_eq!(
        names,
        [
            telemetry_schema::pricing::USER_PRICE,
            telemetry_schema::pricing::PRICE_MAP
        ]
    );
}
