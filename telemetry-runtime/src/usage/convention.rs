//! The conventions of providers: whether a count includes its parts.

use super::Usage;

/// The parts that stand outside of prompt and completion: a bit for each of reasoning, cached and written tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutsideParts(u8);

impl OutsideParts {
    pub(crate) fn any(self) -> bool {
        self.0 != 0
    }
}

impl Usage {
    /// Returns the usage with prompt and completion counts that include their parts.
    ///
    /// Some providers count reasoning beside the completion, or the cache beside the prompt. Then prompt plus completion
    /// is less than the total. If exactly one choice of reasoning, cached and written tokens is the difference, these
    /// tokens are added. Otherwise the counts stay as they are, and [`is_inconsistent`](Self::is_inconsistent) is true.
    pub(crate) fn including_parts(mut self) -> Self {
        if let Some(OutsideParts(choice)) = self.stood_outside() {
            let [reasoning, cached, written] = self.parts();
            let added = |at: u8, count: u128| if choice & (1 << at) != 0 { count } else { 0 };
            let sum = |count: Option<u64>, more: u128| {
                // The sums are at most the total.
                u64::try_from(u128::from(count?) + more).ok()
            };
            self.completion_tokens = sum(self.completion_tokens, added(0, reasoning));
            let of_cache = added(1, cached) + added(2, written);
            self.prompt_tokens = sum(self.prompt_tokens, of_cache);
        }
        self
    }

    /// Returns the reasoning, cached and written tokens.
    fn parts(&self) -> [u128; 3] {
        [
            self.reasoning_tokens,
            self.cached_tokens,
            self.cache_write_tokens,
        ]
        .map(|count| count.unwrap_or(0).into())
    }

    /// Returns whether more tokens were read from the cache and written to it than the prompt count has.
    pub(crate) fn has_more_cache_than_prompt(&self) -> bool {
        let [_, cached, written] = self.parts();
        self.prompt_tokens
            .is_some_and(|prompt| cached + written > prompt.into())
    }

    /// Returns whether the prompt count of a later event is that of an earlier event plus the cache, so that the later one alone
    /// includes the cache: LiteLLM has added it so to the last event of a stream of Bedrock.
    pub(crate) fn is_cache_included_later(&self, earlier: u64, later: u64) -> bool {
        let [_, cached, written] = self.parts();
        let cache = cached + written;
        earlier > 0 && cache > 0 && u128::from(earlier) + cache == later.into()
    }

    /// Returns the parts that prompt and completion do not include, if the total shows it: none if prompt plus completion is
    /// the total, otherwise the only choice of parts that is the difference. Returns `None` if a count is unknown, or if no
    /// choice or several are the difference.
    pub(crate) fn stood_outside(&self) -> Option<OutsideParts> {
        let (prompt, completion) = (self.prompt_tokens?, self.completion_tokens?);
        let inside = u128::from(prompt) + u128::from(completion);
        let outside = u128::from(self.total_tokens?).checked_sub(inside)?;
        if outside == 0 {
            return Some(OutsideParts(0));
        }
        let parts = self.parts();
        // A choice is a set of bits, one for each part that is not zero.
        let is_possible = |choice: &u8| {
            let chosen = |at: usize| choice & (1 << at) != 0;
            (0..3).all(|at| !chosen(at) || parts[at] > 0)
                && (0..3)
                    .filter(|at| chosen(*at))
                    .map(|at| parts[at])
                    .sum::<u128>()
                    == outside
        };
        let mut possible = (1..8).filter(is_possible);
        match (possible.next(), possible.next()) {
            (Some(choice), None) => Some(OutsideParts(choice)),
            _ => None,
        }
    }

    /// Returns whether the counts contradict each other: prompt and completion are not the total, or a part is greater than
    /// the count that includes it.
    pub(crate) fn is_inconsistent(&self) -> bool {
        let of = |count: Option<u64>| u128::from(count.unwrap_or(0));
        let is_not_total = match (
            self.prompt_tokens,
            self.completion_tokens,
            self.total_tokens,
        ) {
            (Some(prompt), Some(completion), Some(total)) => {
                u128::from(prompt) + u128::from(completion) != u128::from(total)
            }
            _ => false,
        };
        is_not_total
            || self.has_more_cache_than_prompt()
            || self
                .completion_tokens
                .is_some_and(|completion| of(self.reasoning_tokens) > completion.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

    fn usage(counts: [u64; 3], reasoning: u64, cached: u64, written: u64) -> Usage {
        let [prompt, completion, total] = counts;
        Usage {
            prompt_tokens: Some(prompt),
            completion_tokens: Some(completion),
            total_tokens: Some(total),
            reasoning_tokens: Some(reasoning),
            cached_tokens: Some(cached),
            cache_write_tokens: Some(written),
            ..Usage::default()
        }
    }

    /// Returns the prompt and the completion count, and whether the usage is inconsistent.
    fn read(counts: [u64; 3], reasoning: u64, cached: u64, written: u64) -> (u64, u64, bool) {
        let usage = usage(counts, reasoning, cached, written).including_parts();
        let counts = (
            usage.prompt_tokens.unwrap(),
            usage.completion_tokens.unwrap(),
        );
        assert_eq!(
            usage.clone().including_parts(),
            usage,
            "the reading is final"
        );
        (counts.0, counts.1, usage.is_inconsistent())
    }

    #[test]
    fn parts_that_stood_outside_are_included() {
        assert_eq!(read([4000, 120, 5020], 900, 64, 0), (4000, 1020, false));
        assert_eq!(read([12, 5, 25_017], 0, 25_000, 0), (25_012, 5, false));
        assert_eq!(read([12, 5, 117], 0, 0, 100), (112, 5, false));
        assert_eq!(read([12, 5, 1117], 0, 1000, 100), (1112, 5, false));
        assert_eq!(read([12, 5, 1124], 7, 1000, 100), (1112, 12, false));
    }

    #[test]
    fn counts_that_fit_the_total_are_not_changed() {
        assert_eq!(read([4000, 120, 4120], 100, 64, 0), (4000, 120, false));
        assert_eq!(read([12, 5, 17], 0, 25_000, 0), (12, 5, true));
        assert_eq!(read([12, 5, 17], 9, 0, 0), (12, 5, true));
    }

    #[test]
    fn counts_that_fit_in_no_way_or_in_several_are_inconsistent() {
        assert_eq!(read([100, 20, 150], 7, 8, 9), (100, 20, true));
        assert_eq!(read([100, 20, 130], 10, 10, 0), (100, 20, true));
        assert_eq!(read([100, 20, 130], 10, 3, 7), (100, 20, true));
        assert_eq!(read([100, 20, 90], 10, 10, 10), (100, 20, true));
        assert_eq!(
            read([u64::MAX, u64::MAX, 5], 1, 1, 1),
            (u64::MAX, u64::MAX, true)
        );
    }
}
