//! The lines of sums without sessions, by month.

use telemetry_schema::record::{DaySums, RollupDays, write_line};
use telemetry_schema::sort::{sort, sort_by};

use super::Fold;
use crate::calendar::{day_of_month, month_of};

/// The most bytes of the sums of a month without sessions. With their lines' beginnings they stay below 64 KiB. Longer months
/// are kept by ranges of days.
const MONTH_BYTES: usize = 60 * 1024;
/// The most sums of one line, which must not exceed 64 KiB.
const SUMS_OF_A_LINE: usize = 400;
/// The number of models of a month that are kept apart.
const MAX_MODELS: usize = 256;
/// The name of the models beyond [`MAX_MODELS`].
const OTHER_MODELS: &str = "other models";

impl Fold {
    /// Returns the sums of days without sessions as lines of the fold `batch`.
    pub fn day_lines(&mut self, batch: Option<u64>) -> Vec<u8> {
        let mut months: Vec<String> = self.days.keys().map(|key| month_of(key.first)).collect();
        months.dedup();
        sort(&mut months);
        months.dedup();
        let mut lines = Vec::new();
        for month in months {
            self.limit_models(&month);
            let mut of_month = self.month_lines(&month, batch);
            for days in [2, 4, 8, 31] {
                if of_month.len() <= MONTH_BYTES {
                    break;
                }
                self.merge_month(&month, days);
                of_month = self.month_lines(&month, batch);
            }
            lines.extend_from_slice(&of_month);
        }
        lines
    }

    fn limit_models(&mut self, month: &str) {
        let keys = self.keys_of(month);
        let mut by_requests: Vec<(Option<&str>, u64)> = keys
            .iter()
            .map(|key| (key.model.as_deref(), self.days[key].requests))
            .collect();
        sort_by(&mut by_requests, |(a, _), (b, _)| a.cmp(b));
        by_requests.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            is_same
        });
        if by_requests.len() <= MAX_MODELS {
            return;
        }
        sort_by(&mut by_requests, |(a, left), (b, right)| {
            right.cmp(left).then_with(|| a.cmp(b))
        });
        let others: Vec<Option<String>> = by_requests[MAX_MODELS - 1..]
            .iter()
            .map(|(model, _)| model.map(str::to_owned))
            .collect();
        for key in keys {
            if others.contains(&key.model)
                && let Some(sums) = self.days.remove(&key)
            {
                self.add_days(key.first, key.last, Some(OTHER_MODELS.to_owned()), &sums);
            }
        }
    }

    fn month_lines(&self, month: &str, batch: Option<u64>) -> Vec<u8> {
        let sums: Vec<DaySums> = self
            .keys_of(month)
            .into_iter()
            .map(|key| DaySums {
                first: day_of_month(key.first),
                last: day_of_month(key.last),
                sums: self.days[&key],
                model: key.model,
            })
            .collect();
        let mut lines = Vec::new();
        for part in sums.chunks(SUMS_OF_A_LINE) {
            let through = self.through.unwrap_or_default();
            let record = RollupDays {
                batch,
                ..RollupDays::of(month, through, part)
            };
            // A record of texts and a time has a JSON form.
            let _ = write_line(&mut lines, &record);
        }
        lines
    }
}
