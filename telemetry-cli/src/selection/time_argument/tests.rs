//! Tests of the accepted forms and of the messages about others.

use super::*;
use proptest::prelude::*;

fn read(text: &str, bound: Bound) -> Result<String, String> {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    // 23:30 on the 24th in UTC is the 25th in Berlin.
    let now: JiffTimestamp = "2026-11-24T23:30:00Z".parse().unwrap();
    parse_time(text, bound, &zone, now).map(|time| time.to_string())
}

#[test]
fn days_times_and_ages_are_parsed() {
    for (text, start, end) in [
        (
            "20261122",
            "2026-11-21T23:00:00.000000Z",
            "2026-11-22T23:00:00.000000Z",
        ),
        (
            "2026-11-22",
            "2026-11-21T23:00:00.000000Z",
            "2026-11-22T23:00:00.000000Z",
        ),
        // This day has 23 hours.
        (
            "2026-03-29",
            "2026-03-28T23:00:00.000000Z",
            "2026-03-29T22:00:00.000000Z",
        ),
        (
            "today",
            "2026-11-24T23:00:00.000000Z",
            "2026-11-25T23:00:00.000000Z",
        ),
        (
            "Yesterday",
            "2026-11-23T23:00:00.000000Z",
            "2026-11-24T23:00:00.000000Z",
        ),
        (
            "2h",
            "2026-11-24T21:30:00.000000Z",
            "2026-11-24T21:30:00.000000Z",
        ),
        (
            "2h ago",
            "2026-11-24T21:30:00.000000Z",
            "2026-11-24T21:30:00.000000Z",
        ),
        (
            "1h30m",
            "2026-11-24T22:00:00.000000Z",
            "2026-11-24T22:00:00.000000Z",
        ),
        (
            "7d",
            "2026-11-17T23:30:00.000000Z",
            "2026-11-17T23:30:00.000000Z",
        ),
        (
            "2w",
            "2026-11-10T23:30:00.000000Z",
            "2026-11-10T23:30:00.000000Z",
        ),
        (
            "2026-11-22T10:00+01:00",
            "2026-11-22T09:00:00.000000Z",
            "2026-11-22T09:00:00.000000Z",
        ),
        // As tables show times.
        (
            "2026-11-22 18:54",
            "2026-11-22T17:54:00.000000Z",
            "2026-11-22T17:54:00.000000Z",
        ),
        (
            "2026-11-22T18:54:07.5",
            "2026-11-22T17:54:07.500000Z",
            "2026-11-22T17:54:07.500000Z",
        ),
        (
            "now",
            "2026-11-24T23:30:00.000000Z",
            "2026-11-24T23:30:00.000000Z",
        ),
        (
            "2026-11-22T10:00:00+01:00",
            "2026-11-22T09:00:00.000000Z",
            "2026-11-22T09:00:00.000000Z",
        ),
    ] {
        assert_eq!(read(text, Bound::Start).as_deref(), Ok(start), "{text}");
        assert_eq!(read(text, Bound::End).as_deref(), Ok(end), "{text}");
    }
}

#[test]
fn invalid_time_arguments_name_the_accepted_forms() {
    for text in [
        "",
        "soon",
        "20261322",
        "2026-11-31",
        "-2h",
        "P1D",
        "2 parsecs",
        "2026-1-1",
        "999999999h",
        "ä026-11-22",
    ] {
        let why = read(text, Bound::Start).unwrap_err();
        assert!(why.contains("expected a day such as"), "{text}: {why}");
    }
}

#[test]
fn a_known_mistake_is_named() {
    for (text, problem) in [
        ("2026-11-31", "there is no day 2026-11-31; expected"),
        ("20261322", "there is no day 20261322; expected"),
        (
            "2026-02-30T10:00:00Z",
            "there is no day 2026-02-30; expected",
        ),
        ("2026-11-22 18:61", "the time behind the day is not valid"),
        (
            "2026-11-22T18:54:00+99:00",
            "the time behind the day is not valid",
        ),
        (
            "22.11.2026",
            "the year of a day is its first number; expected",
        ),
        (
            "11/22/2026",
            "the year of a day is its first number; expected",
        ),
        (
            "2026/11/22",
            "the numbers of a day have four, two and two digits",
        ),
        (
            "2026-1-1",
            "the numbers of a day have four, two and two digits",
        ),
        (
            "99999999999h",
            "the age is out of range, or its unit is unknown",
        ),
        ("20", "the age is out of range, or its unit is unknown"),
        ("Monday", "days of the week have no meaning here; expected"),
        ("7D", "the units of an age are small letters; expected"),
    ] {
        let why = read(text, Bound::Start).unwrap_err();
        assert!(why.starts_with(problem), "{text}: {why}");
    }
    let why = read("3M", Bound::Start).unwrap_err();
    assert!(why.ends_with("`3mo` (months) or `3m` (minutes)?"), "{why}");
    let why = read("7D", Bound::Start).unwrap_err();
    assert!(why.ends_with("; did you mean `7d`?"), "{why}");
}

#[test]
fn a_misspelt_word_has_a_suggestion() {
    for (text, meant) in [("yestrday", "yesterday"), ("Todya", "today")] {
        let why = read(text, Bound::Start).unwrap_err();
        let question = format!("; did you mean `{meant}`?");
        assert!(why.ends_with(&question), "{text}: {why}");
    }
}

#[test]
fn an_age_before_which_records_are_removed_has_no_unit_below_a_day() {
    let zone = TimeZone::UTC;
    let now: JiffTimestamp = "2026-11-24T23:30:00Z".parse().unwrap();
    let before = |text: &str| {
        parse_time_before(text, &zone, now).map(|time| time.to_string()[..16].to_owned())
    };
    for (text, time) in [
        ("30d", "2026-10-25T23:30"),
        ("2w", "2026-11-10T23:30"),
        ("1mo", "2026-10-24T23:30"),
        ("2026-10-30", "2026-10-30T00:00"),
        ("yesterday", "2026-11-23T00:00"),
        ("2026-10-30T10:30:00Z", "2026-10-30T10:30"),
    ] {
        assert_eq!(before(text).as_deref(), Ok(time), "{text}");
    }
    for text in [
        "1m",
        "1 m",
        "90m",
        "5s",
        "12h",
        "1d 2h",
        "1d12h ago",
        "0d",
        "0m",
    ] {
        let why = before(text).unwrap_err();
        assert!(why.contains("days or weeks"), "{text}: {why}");
        assert_eq!(why.contains("months"), text.contains('m'), "{text}: {why}");
    }
    // The forms that are refused are not recommended.
    for text in ["7", "soon", "999999999w"] {
        let why = before(text).unwrap_err();
        assert!(why.ends_with(EXPECTED_BEFORE), "{text}: {why}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,16}") {
        let _ = read(&text, Bound::End);
    }
}
