//! Counts of tokens.

use serde::Serialize;

/// The tokens of a request by kind. An unknown count is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct TokenCounts {
    #[serde(rename = "prompt_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) prompt: Option<u64>,
    #[serde(rename = "cached_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) cached: Option<u64>,
    #[serde(rename = "cache_write_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) cache_write: Option<u64>,
    #[serde(rename = "completion_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) completion: Option<u64>,
    #[serde(rename = "reasoning_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) reasoning: Option<u64>,
    #[serde(rename = "total_tokens", skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
}

impl TokenCounts {
    /// Returns each count with the name of its key.
    pub(super) fn by_kind(self) -> [(&'static str, Option<u64>); 6] {
        [
            ("prompt_tokens", self.prompt),
            ("cached_tokens", self.cached),
            ("cache_write_tokens", self.cache_write),
            ("completion_tokens", self.completion),
            ("reasoning_tokens", self.reasoning),
            ("total_tokens", self.total),
        ]
    }

    /// Returns whether any count is known and not zero.
    pub(super) fn any(self) -> bool {
        self.by_kind()
            .iter()
            .any(|(_, count)| count.unwrap_or(0) > 0)
    }

    /// Adds the counts of another part of the request.
    pub(super) fn add(&mut self, more: Self) {
        let sum = |count: &mut Option<u64>, more: Option<u64>| {
            if let Some(more) = more {
                *count = Some(count.unwrap_or(0).saturating_add(more));
            }
        };
        sum(&mut self.prompt, more.prompt);
        sum(&mut self.cached, more.cached);
        sum(&mut self.cache_write, more.cache_write);
        sum(&mut self.completion, more.completion);
        sum(&mut self.reasoning, more.reasoning);
        sum(&mut self.total, more.total);
    }
}
