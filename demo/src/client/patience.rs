//! How often, and how long apart, a refused request is sent.

use std::time::Duration;

/// The wait before the second attempt; it doubles with each one.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// How often and how patiently a refused request is sent again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// From 1.
    pub(crate) attempts: u32,
    /// The longest wait between two attempts, whatever `retry-after` says.
    pub(crate) longest_wait: Duration,
}

/// One of the attempts at a request.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    /// Why the attempt before this one failed, such as `429`.
    pub(crate) retry_cause: Option<String>,
}

impl Patience {
    /// The wait after an attempt that was refused; `asked` is what `retry-after` said, in seconds.
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
        let patience = Patience {
            attempts: 9,
            longest_wait: Duration::from_secs(1),
        };
        let wait = |number, asked| {
            patience
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
