use super::*;
use proptest::prelude::*;

fn stamp(wall_nanos: u64) -> String {
    let mut out = Vec::new();
    Stamp::new().write(&mut out, wall_nanos);
    String::from_utf8(out).unwrap()
}

#[test]
fn known_times_are_formatted() {
    assert_eq!(stamp(0), "1970-01-01T00:00:00.000000Z");
    assert_eq!(
        stamp(951_782_400_000_000_000),
        "2000-02-29T00:00:00.000000Z"
    );
    assert_eq!(
        stamp(1_795_375_546_123_456_789),
        "2026-11-22T19:25:46.123456Z"
    );
    assert_eq!(
        stamp(4_107_542_399_999_999_999),
        "2100-02-28T23:59:59.999999Z"
    );
    assert_eq!(
        stamp(4_107_542_400_000_000_000),
        "2100-03-01T00:00:00.000000Z"
    );
}

#[test]
fn the_cached_text_is_not_used_for_another_millisecond() {
    let (mut stamp, mut out) = (Stamp::new(), Vec::new());
    for wall in [1_500_000_000, 1_900_000_000, 2_000_000_000, 1_000_000_000] {
        stamp.write(&mut out, wall);
    }
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "1970-01-01T00:00:01.500000Z1970-01-01T00:00:01.900000Z\
         1970-01-01T00:00:02.000000Z1970-01-01T00:00:01.000000Z"
    );
}

#[test]
fn the_counter_continues_from_the_system_clock() {
    for _ in 0..2 {
        let (before, system_before) = (now(), system());
        calibrate_here();
        let (after, system_after) = (now(), system());
        let (ours, systems) = (between(before, after), system_after - system_before);
        assert!(
            ours.abs_diff(nanos(after) - nanos(before)) <= 1,
            "two roundings"
        );
        assert!(
            ours.abs_diff(systems) < 1_000_000 + systems / 100,
            "{ours} {systems}"
        );
    }
}

#[test]
fn the_wall_clock_follows_the_system() {
    let ours = UNIX_EPOCH + Duration::from_nanos(wall_nanos(now()));
    let apart = ours
        .duration_since(SystemTime::now())
        .unwrap_or_else(|before| before.duration());
    assert!(apart < Duration::from_millis(500), "{apart:?}");
}

/// An event on a machine, after which [`Wall`] computes the distance.
#[derive(Clone, Debug)]
enum Act {
    /// Nanoseconds pass.
    Pass(u64),
    /// The wall clock is stepped.
    Step(i64),
    /// The machine sleeps: the wall clock advances, the counter stops or is reset.
    Suspend { nanos: u64, reset: bool },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0_u64..5_000_000).prop_map(Act::Pass),
        4 => (0_u64..86_400_000_000_000).prop_map(Act::Pass),
        1 => (-3_600_000_000_000_i64..3_600_000_000_000).prop_map(Act::Step),
        1 => (1_000_000_000_u64..36_000_000_000_000, any::<bool>())
            .prop_map(|(nanos, reset)| Act::Suspend { nanos, reset }),
    ]
}

proptest! {
    /// Over days, with a counter whose rate is wrong by up to 50 parts in a million.
    #[test]
    fn time_stamps_follow_the_wall_clock_to_a_millisecond(
        acts in prop::collection::vec(act(), 0..200),
        wrong in -50_i64..50,
    ) {
        let (mut counter, mut wall) = (7_000_000_000_u64, 1_800_000_000_000_000_000_i64);
        // The counter at the last jump of the wall clock or of the counter itself.
        let mut jumped: Option<u64> = None;
        let tested = Wall::new();
        for act in acts {
            match act {
                Act::Pass(nanos) => {
                    wall += i64::try_from(nanos).unwrap();
                    let gained = i128::from(nanos) * i128::from(wrong) / 1_000_000;
                    counter += u64::try_from(i128::from(nanos) + gained).unwrap();
                }
                Act::Step(by) => {
                    wall += by;
                    jumped = Some(counter);
                }
                Act::Suspend { nanos, reset } => {
                    wall += i64::try_from(nanos).unwrap();
                    if reset {
                        counter %= 1_000;
                    }
                    jumped = Some(counter);
                }
            }
            let distance = tested.distance(counter, || Measured {
                at: counter,
                distance: wall - i64::try_from(counter).unwrap(),
                fresh: 1_000_000,
            });
            let stamped = i64::try_from(counter).unwrap() + distance;
            let settled = jumped.is_none_or(|at| counter.wrapping_sub(at) >= 1_000_000);
            if settled {
                prop_assert!((stamped - wall).abs() < 1_000_000, "{stamped} {wall}");
            }
        }
    }
}

#[test]
fn a_distance_is_used_for_a_millisecond_of_either_clock() {
    assert_eq!(fresh(5), 1_000_000);
    calibrate_here();
    let at = now();
    let ticks = fresh(at);
    let nanos = between(at, at + ticks);
    assert!(
        (990_000..=1_010_000).contains(&nanos),
        "{ticks} are {nanos}"
    );
}

#[test]
fn a_span_over_the_end_of_the_calibration_has_the_right_duration() {
    let start = system();
    calibrate_here();
    let (end, system_end) = (now(), system());
    let (ours, systems) = (between(start, end), system_end - start);
    assert!(
        ours.abs_diff(systems) < 1_000_000 + systems / 100,
        "{ours} {systems}"
    );
    assert_eq!(between(end, start), 0, "never negative");
}
