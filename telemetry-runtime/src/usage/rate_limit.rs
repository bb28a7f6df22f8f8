//! The rate limits that a provider states in response headers.

use std::time::Duration;

use super::Usage;

/// A limit of the provider, as the headers of the latest answer state it. `/status` shows the limit; it is not recorded.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RateLimit {
    /// The limited quantity: `requests`, `tokens`, `input-tokens`, `output-tokens`, or the window `primary` or `secondary` of a
    /// subscription.
    pub kind: String,
    /// The limit in force.
    pub limit: Option<u64>,
    /// The remaining part of the limit.
    pub remaining: Option<u64>,
    /// The used part in percent, where the headers state no numbers.
    pub used_percent: Option<f64>,
    /// The time until the limit is full again.
    pub resets_in: Option<Duration>,
}

impl RateLimit {
    /// Returns the remaining part, in percent; `None` if the headers do not state it.
    #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
    pub fn left_percent(&self) -> Option<f64> {
        let left = match (self.remaining, self.limit, self.used_percent) {
            (Some(remaining), Some(limit), _) if limit > 0 => {
                remaining as f64 * 100.0 / limit as f64
            }
            (_, _, Some(used)) => 100.0 - used,
            _ => return None,
        };
        left.is_finite().then(|| left.clamp(0.0, 100.0))
    }
}

/// A value of a limit.
#[derive(Clone, Copy)]
enum LimitValue {
    Limit,
    Remaining,
    UsedPercent,
    Reset,
}

impl Usage {
    /// Adds the value of a header if it states a rate limit.
    pub(super) fn add_rate_limit(&mut self, header: &str, value: &str) {
        let Some((kind, part)) = parse(header) else {
            return;
        };
        let is_known = |known: &RateLimit| known.kind == kind;
        let at = self.rate_limits.iter().position(is_known);
        let at = at.unwrap_or(self.rate_limits.len());
        if at == self.rate_limits.len() {
            self.rate_limits.push(RateLimit {
                kind: kind.to_owned(),
                ..RateLimit::default()
            });
        }
        let limit = &mut self.rate_limits[at];
        match part {
            LimitValue::Limit => limit.limit = value.parse().ok().or(limit.limit),
            LimitValue::Remaining => limit.remaining = value.parse().ok().or(limit.remaining),
            LimitValue::UsedPercent => {
                let used = value.parse().ok().filter(|used: &f64| used.is_finite());
                limit.used_percent = used.or(limit.used_percent);
            }
            LimitValue::Reset => limit.resets_in = duration(value).or(limit.resets_in),
        }
    }
}

/// Parses the name of a header into the limited quantity and the kind of the value. LiteLLM puts `llm_provider-` before the names of
/// the provider's headers.
fn parse(header: &str) -> Option<(&'static str, LimitValue)> {
    const KINDS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];
    const WINDOWS: [&str; 2] = ["primary", "secondary"];
    let header = header.to_ascii_lowercase();
    let name = header.strip_prefix("llm_provider-").unwrap_or(&header);
    if let Some(rest) = name.strip_prefix("x-ratelimit-") {
        let (part, kind) = rest.split_once('-')?;
        let kind = KINDS.iter().find(|known| **known == kind)?;
        return Some((kind, part_of(part)?));
    }
    if let Some(rest) = name.strip_prefix("anthropic-ratelimit-") {
        let (kind, part) = rest.rsplit_once('-')?;
        let kind = KINDS.iter().find(|known| **known == kind)?;
        return Some((kind, part_of(part)?));
    }
    let rest = name.strip_prefix("x-codex-")?;
    let (window, part) = rest.split_once('-')?;
    let window = WINDOWS.iter().find(|known| **known == window)?;
    let part = match part {
        "used-percent" => LimitValue::UsedPercent,
        "reset-after-seconds" => LimitValue::Reset,
        _ => return None,
    };
    Some((window, part))
}

fn part_of(part: &str) -> Option<LimitValue> {
    match part {
        "limit" => Some(LimitValue::Limit),
        "remaining" => Some(LimitValue::Remaining),
        "reset" => Some(LimitValue::Reset),
        _ => None,
    }
}

/// Parses a time such as `6m0s`, `1h2m3.5s`, `120ms`, or a number of seconds. A point in time is not read.
fn duration(text: &str) -> Option<Duration> {
    let seconds = |number: f64, unit: f64| Duration::try_from_secs_f64(number * unit).ok();
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number, 1.0);
    }
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let unit_len = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_len);
        let unit = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 24.0 * 3600.0,
            _ => return None,
        };
        sum = sum.checked_add(seconds(number.parse().ok()?, unit)?)?;
        rest = behind;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_three_providers_are_read() {
        let usage = Usage::default().with_headers([
            ("llm_provider-x-ratelimit-limit-requests", "5000"),
            ("X-RateLimit-Remaining-Requests", "4900"),
            ("x-ratelimit-reset-requests", "6m0.5s"),
            ("anthropic-ratelimit-input-tokens-remaining", "30"),
            ("anthropic-ratelimit-input-tokens-limit", "40"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-11-22T18:54:00Z",
            ),
            ("x-codex-primary-used-percent", "28.5"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-after-seconds", "90"),
            ("x-ratelimit-remaining-cats", "1"),
            ("x-ratelimit-remaining-tokens", "many"),
        ]);
        let [requests, input, primary, tokens] = &usage.rate_limits[..] else {
            panic!("{:?}", usage.rate_limits);
        };
        assert_eq!(
            (requests.kind.as_str(), requests.left_percent()),
            ("requests", Some(98.0))
        );
        assert_eq!(requests.resets_in, Some(Duration::from_millis(360_500)));
        assert_eq!((input.left_percent(), input.resets_in), (Some(75.0), None));
        assert_eq!(
            (primary.left_percent(), primary.resets_in),
            (Some(71.5), Some(Duration::from_secs(90)))
        );
        assert_eq!(tokens.left_percent(), None);
        assert_eq!(usage.refused_counts, 0);
    }

    #[test]
    fn percentages_are_within_their_range() {
        let limit = |remaining, limit| RateLimit {
            remaining: Some(remaining),
            limit: Some(limit),
            ..RateLimit::default()
        };
        assert_eq!(limit(5, 0).left_percent(), None);
        assert_eq!(limit(5, 4).left_percent(), Some(100.0));
        let used = |used| RateLimit {
            used_percent: Some(used),
            ..RateLimit::default()
        };
        assert_eq!(used(130.0).left_percent(), Some(0.0));
        for text in ["", "-1", "1x", "h", "1e400", "9".repeat(400).as_str()] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
