//! The number of attempts of a request, and the waits between them.

use std::time::Duration;

/// The wait before the second attempt. It doubles with each further attempt.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The limits on retries of a refused request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// The most attempts, at least 1.
    pub(crate) attempts: u32,
    /// The longest wait between two attempts. It also limits `retry-after`.
    pub(crate) longest_wait: Duration,
}

/// An attempt of a request.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The number of the attempt, from 1.
    pub(crate) number: u32,
    /// The failure of the previous attempt, such as `429`.
    pub(crate) retry_cause: Option<String>,
}

impl RetryPolicy {
    /// Returns the wait after a refused attempt. `asked` is the value of `retry-after` in seconds.
    pub(crate) fn wait(&self, attempt: &Attempt, asked: Option<u64>) -> Duration {
        let doublings = attempt.number.saturating_sub(1);
        let own = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings));
        asked
            .map_or(own, Duration::from_secs)
            .min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_have_a_limit() {
        let retry_policy = RetryPolicy {
            attempts: 9,
            longest_wait: Duration::from_secs(1),
        };
        let wait = |number, asked| {
            retry_policy
                .wait(
                    &Attempt {
                        number,
                        retry_cause: None,
                    },
                    asked,
                )
                .as_millis()
        };
        assert_eq!(
            [wait(1, None), wait(2, None), wait(3, None)],
            [200, 400, 800]
        );
        assert_eq!([wait(4, None), wait(u32::MAX, None)], [1000, 1000]);
        assert_eq!([wait(1, Some(0)), wait(1, Some(60))], [0, 1000]);
    }
}
