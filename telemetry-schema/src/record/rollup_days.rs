//! The sums of a month by day and model, without sessions. They replace the rollup records of sessions after 90 days.
//!
//! A month of fifty models has 1,500 sums and must fit into 64 KiB. Therefore numbers are written in base 36, the most frequent
//! ones first, and numbers that follow from others are omitted. `docs/schema/rollup_days.schema.json` describes the form.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use super::declare::{fields, reader, record, tag};
use super::{Rollup, Timestamp, Totals, VERSION};

record! {
    /// Totals of days of one month, by model.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct RollupDays<'a> {
        /// The beginning of the month.
        ts: Timestamp,
        type RollupDaysTag = "rollup_days",
        /// The version of the schema.
        v: u32,
        /// The month in UTC, as `2026-11`.
        month: Cow<'a, str>,
        /// The latest start of a request whose session is no longer known. Sessions that began later are complete.
        through: Timestamp,
        /// The models. An empty name stands for requests without a model.
        models: Vec<String>,
        /// For each day or range of days its sums; see [`RollupDays::sums`].
        days: Vec<String>,
        /// The fold that appended this record, as in [`Rollup`].
        batch: Option<u64>,
    }
}

/// The totals of one model in one day, or in several days of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySums {
    /// The first day of the month that is included, from 1.
    pub first: u8,
    /// The last day of the month that is included.
    pub last: u8,
    /// The model; `None` for requests without a model.
    pub model: Option<String>,
    /// The totals.
    pub sums: Totals,
}

/// The number of sums of one entry.
const SUMS: usize = 19;

impl RollupDays<'_> {
    /// Makes the record of sums of one month. Consecutive sums of one range of days share an element of `days`.
    pub fn of(month: &str, through: Timestamp, sums: &[DaySums]) -> RollupDays<'static> {
        let mut models: Vec<String> = Vec::new();
        let mut days: Vec<String> = Vec::new();
        let mut open = None;
        for day in sums {
            if open != Some((day.first, day.last)) {
                open = Some((day.first, day.last));
                days.push(if day.first == day.last {
                    format!("{}", day.first)
                } else {
                    format!("{}-{}", day.first, day.last)
                });
            }
            let name = day.model.as_deref().unwrap_or_default();
            let model = models.iter().position(|model| model == name);
            let model = model.unwrap_or_else(|| {
                models.push(name.to_owned());
                models.len() - 1
            });
            if let Some(text) = days.last_mut() {
                text.push(';');
                write_number(text, model as i128);
                let numbers = numbers_of(&day.sums);
                let used = numbers.iter().rposition(|number| *number != 0);
                for number in &numbers[..used.map_or(0, |last| last + 1)] {
                    text.push(',');
                    if *number != 0 {
                        write_number(text, *number);
                    }
                }
            }
        }
        RollupDays {
            ts: first_of(month).unwrap_or_default(),
            v: VERSION,
            month: Cow::Owned(month.to_owned()),
            through,
            models,
            days,
            ..RollupDays::default()
        }
    }

    /// Returns the sums of the record. An element that is not well-formed is `None`.
    pub fn sums(&self) -> impl Iterator<Item = Option<DaySums>> {
        self.days.iter().flat_map(move |text| {
            let mut parts = text.split(';');
            let range = parts.next().and_then(parse_range);
            parts.map(move |entry| {
                let (first, last) = range?;
                self.entry(first, last, entry)
            })
        })
    }

    fn entry(&self, first: u8, last: u8, text: &str) -> Option<DaySums> {
        let mut texts = text.split(',');
        let model = usize::try_from(parse_number(texts.next()?)?).ok()?;
        let model = self.models.get(model)?;
        let mut numbers = [0; SUMS];
        let mut known = numbers.iter_mut();
        for text in texts {
            // A later version may have further sums.
            if let Some(number) = known.next() {
                *number = if text.is_empty() {
                    0
                } else {
                    parse_number(text)?
                };
            }
        }
        Some(DaySums {
            first,
            last,
            model: (!model.is_empty()).then(|| model.clone()),
            sums: totals_of(&numbers),
        })
    }

    /// Returns the sums as rollup records with an empty session id, and the number of elements that are not well-formed.
    pub fn rollups(&self) -> (Vec<Rollup<'static>>, u64) {
        let Some(month) = first_of(&self.month) else {
            return (Vec::new(), 1);
        };
        let mut damaged = 0;
        let rollups = self.sums().filter_map(|day| {
            damaged += u64::from(day.is_none());
            Some(rollup_of(month, day?))
        });
        (rollups.collect(), damaged)
    }
}

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn first_of(month: &str) -> Option<Timestamp> {
    format!("{month}-01T00:00:00Z").parse().ok()
}

fn rollup_of(month: Timestamp, day: DaySums) -> Rollup<'static> {
    let first = month.micros() + (i64::from(day.first) - 1) * DAY;
    let last = month.micros() + i64::from(day.last) * DAY - 1;
    let first = Timestamp::from_micros(first);
    Rollup {
        ts: first,
        v: VERSION,
        day: Cow::Owned(first.day()),
        model: day.model.map(Cow::Owned),
        last: Timestamp::from_micros(last),
        sums: day.sums,
        ..Rollup::default()
    }
}

/// Returns the numbers of totals in the order of the record. A number that usually follows from others is written as its
/// difference from the usual value, which is 0 and takes no place at the end.
fn numbers_of(sums: &Totals) -> [i128; SUMS] {
    let of = |count: u64| i128::from(count);
    let money = |nanos: i64| i128::from(nanos);
    [
        of(sums.requests),
        of(sums.prompt_tokens),
        of(sums.completion_tokens),
        money(sums.cost_nanos),
        of(sums.cached_tokens),
        i128::try_from(sums.api_time.as_millis()).unwrap_or(i128::MAX),
        of(sums.reasoning_tokens),
        of(sums.failures),
        of(sums.retries),
        // Usually every request reports its cached tokens, or none does.
        if sums.cache_reported_prompt_tokens == sums.prompt_tokens {
            0
        } else {
            of(sums.cache_reported_prompt_tokens) + 1
        },
        // Usually no cost is calculated, or all of it.
        if sums.calculated_cost_nanos == 0 {
            0
        } else if sums.calculated_cost_nanos == sums.cost_nanos {
            1
        } else {
            money(sums.calculated_cost_nanos) + 2
        },
        of(sums.total_tokens) - of(sums.prompt_tokens) - of(sums.completion_tokens),
        of(sums.unpriced_requests),
        of(sums.cache_write_tokens),
        money(sums.saved_nanos),
        of(sums.answered) - of(sums.requests) + of(sums.failures),
        of(sums.inconsistent_requests),
        of(sums.inconsistent_cached_tokens),
        of(sums.priced_later_requests),
    ]
}

fn totals_of(numbers: &[i128; SUMS]) -> Totals {
    let count = |at: usize| to_u64(numbers[at]);
    let money = |at: usize| to_i64(numbers[at]);
    let [requests, prompt, completion, cost, ..] = *numbers;
    Totals {
        requests: count(0),
        prompt_tokens: count(1),
        completion_tokens: count(2),
        cost_nanos: money(3),
        cached_tokens: count(4),
        api_time: Duration::from_millis(count(5)),
        reasoning_tokens: count(6),
        failures: count(7),
        retries: count(8),
        cache_reported_prompt_tokens: to_u64(match numbers[9] {
            0 => prompt,
            reported => reported.saturating_sub(1),
        }),
        calculated_cost_nanos: to_i64(match numbers[10] {
            0 => 0,
            1 => cost,
            calculated => calculated.saturating_sub(2),
        }),
        total_tokens: to_u64(
            numbers[11]
                .saturating_add(prompt)
                .saturating_add(completion),
        ),
        unpriced_requests: count(12),
        cache_write_tokens: count(13),
        saved_nanos: money(14),
        answered: to_u64(
            numbers[15]
                .saturating_add(requests)
                .saturating_sub(numbers[7]),
        ),
        inconsistent_requests: count(16),
        inconsistent_cached_tokens: count(17),
        priced_later_requests: count(18),
    }
}

fn to_u64(number: i128) -> u64 {
    u64::try_from(number.max(0)).unwrap_or(u64::MAX)
}

fn to_i64(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

fn write_number(text: &mut String, number: i128) {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 || digits.is_empty() {
        digits.push(DIGITS[usize::try_from(rest % 36).unwrap_or_default()]);
        rest /= 36;
    }
    if number < 0 {
        text.push('-');
    }
    for digit in digits.iter().rev() {
        // Writing to a string cannot fail.
        let _ = text.write_char(char::from(*digit));
    }
}

fn parse_number(text: &str) -> Option<i128> {
    i128::from_str_radix(text, 36).ok()
}

fn parse_range(text: &str) -> Option<(u8, u8)> {
    let day = |text: &str| text.parse().ok().filter(|day| (1..=31).contains(day));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Record, write_line};

    fn totals() -> impl Strategy<Value = Totals> {
        let count = prop_oneof![4 => Just(0), 4 => 0_u64..1_000_000, 1 => any::<u64>()];
        let money = prop_oneof![4 => Just(0), 4 => 0_i64..1_000_000, 1 => any::<i64>()];
        (
            prop::array::uniform15(count),
            prop::array::uniform3(money),
            0..=u64::MAX,
        )
            .prop_map(|(counts, money, millis)| Totals {
                answered: counts[0],
                requests: counts[1],
                failures: counts[2],
                retries: counts[3],
                prompt_tokens: counts[4],
                cached_tokens: counts[5],
                cache_reported_prompt_tokens: counts[6],
                cache_write_tokens: counts[7],
                completion_tokens: counts[8],
                reasoning_tokens: counts[9],
                total_tokens: counts[10],
                unpriced_requests: counts[11],
                inconsistent_requests: counts[12],
                inconsistent_cached_tokens: counts[13],
                priced_later_requests: counts[14],
                cost_nanos: money[0],
                calculated_cost_nanos: money[1],
                saved_nanos: money[2],
                api_time: Duration::from_millis(millis),
            })
    }

    proptest! {
        #[test]
        fn sums_are_read_as_they_were_written(sums in prop::collection::vec((1_u8..=31, 0_u8..3, totals()), 0..9)) {
            let sums: Vec<DaySums> = sums
                .into_iter()
                .map(|(first, model, sums)| DaySums {
                    first,
                    last: first.max(20),
                    model: (model > 0).then(|| format!("m{model}")),
                    sums,
                })
                .collect();
            let record = RollupDays::of("2026-08", Timestamp::from_micros(7), &sums);
            let mut line = Vec::new();
            write_line(&mut line, &record).unwrap();
            let Ok(Record::RollupDays(read)) = Record::parse(line.trim_ascii_end()) else {
                panic!("not a record: {}", String::from_utf8_lossy(&line));
            };
            let read: Option<Vec<DaySums>> = read.sums().collect();
            prop_assert_eq!(read, Some(sums));
        }

        #[test]
        fn any_text_is_read_without_a_panic(days in prop::collection::vec("[0-9a-z,;-]{0,12}", 0..4)) {
            let record = RollupDays { days, models: vec![String::new()], month: "2026-08".into(), ..RollupDays::default() };
            record.rollups();
        }
    }

    #[test]
    fn a_record_has_the_documented_form() {
        let sums = Totals {
            answered: 40,
            requests: 40,
            prompt_tokens: 1_180_000,
            cache_reported_prompt_tokens: 1_180_000,
            completion_tokens: 21_200,
            total_tokens: 1_201_200,
            cost_nanos: 4_100_000,
            ..Totals::default()
        };
        let day = |first, last| DaySums {
            first,
            last,
            model: Some("m".to_owned()),
            sums,
        };
        let through = "2026-08-03T10:00:00Z".parse().unwrap();
        let record = RollupDays::of("2026-08", through, &[day(1, 1), day(2, 3)]);
        let mut line = Vec::new();
        write_line(&mut line, &record).unwrap();
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "{\"ts\":\"2026-08-01T00:00:00.000000Z\",\"type\":\"rollup_days\",\"v\":1,\"month\":\"2026-08\",\"through\":\"2026-08-03T10:00:00.000000Z\",\"models\":[\"m\"],\"days\":[\"1;0,14,pahs,gcw,2fvkw\",\"2-3;0,14,pahs,gcw,2fvkw\"]}\n"
        );
        let (rollups, damaged) = record.rollups();
        assert_eq!((rollups.len(), damaged), (2, 0));
        assert_eq!(rollups[1].day, "2026-08-02");
        assert_eq!(rollups[1].last.to_string(), "2026-08-03T23:59:59.999999Z");
        assert_eq!(rollups[1].sums, sums);
    }
}
