//! The counts and properties of a request that determine its cost.

use super::key::TokenKind;
use crate::record::{SessionRecord, Timestamp};

/// The tokens of one request. As in records, prompt tokens include those read from and written to the cache, and completion
/// tokens include reasoning tokens. Both include audio, images and video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All input tokens.
    pub prompt: u64,
    /// Input tokens read from the provider's cache.
    pub cached: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write: u64,
    /// The part of the written tokens whose cache entry is kept for an hour.
    pub cache_write_1h: u64,
    /// All output tokens.
    pub completion: u64,
    /// Output tokens spent on reasoning.
    pub reasoning: u64,
    /// Input tokens of audio, cached ones included.
    pub audio_input: u64,
    /// Input tokens of images, cached ones included.
    pub image_input: u64,
    /// Input tokens of video.
    pub video_input: u64,
    /// The part of the cached tokens that is audio.
    pub cached_audio: u64,
    /// The part of the cached tokens that is images.
    pub cached_image: u64,
    /// Output tokens of audio.
    pub audio_output: u64,
    /// Output tokens of images.
    pub image_output: u64,
    /// Output tokens of video.
    pub video_output: u64,
    /// Tokens of cited sources, which are not part of the prompt.
    pub citation: u64,
}

impl Tokens {
    /// Returns the counts of a record; `None` if the prompt or completion tokens are unknown. Other kinds of tokens that the
    /// provider did not report count as 0.
    pub fn of(record: &SessionRecord<'_>) -> Option<Self> {
        let prompt = record.prompt_tokens?;
        // Embeddings have no output: their total equals the prompt.
        let none = record.total_tokens == Some(prompt);
        Some(Self {
            prompt,
            cached: record.cached_tokens.unwrap_or(0),
            cache_write: record.cache_write_tokens.unwrap_or(0),
            completion: record.completion_tokens.or(none.then_some(0))?,
            reasoning: record.reasoning_tokens.unwrap_or(0),
            ..Self::default()
        })
    }

    /// Returns the tokens by kind, each token once. Parts are limited to the count that includes them.
    pub(super) fn by_kind(&self) -> [(TokenKind, u64); 14] {
        let mut prompt = Remainder(self.prompt);
        let cached = prompt.take(self.cached);
        let written = prompt.take(self.cache_write);
        let written_1h = self.cache_write_1h.min(written);
        let cached_audio = self.cached_audio.min(cached);
        let audio_input = prompt.take(self.audio_input.saturating_sub(cached_audio));
        let cached_image = self.cached_image.min(cached - cached_audio);
        let image_input = prompt.take(self.image_input.saturating_sub(cached_image));
        let video_input = prompt.take(self.video_input);
        let mut completion = Remainder(self.completion);
        let reasoning = completion.take(self.reasoning);
        let audio_output = completion.take(self.audio_output);
        let image_output = completion.take(self.image_output);
        let video_output = completion.take(self.video_output);
        [
            (TokenKind::Input, prompt.0),
            (TokenKind::CacheRead, cached - cached_audio),
            (TokenKind::CachedAudio, cached_audio),
            (TokenKind::CacheWrite, written - written_1h),
            (TokenKind::CacheWrite1h, written_1h),
            (TokenKind::AudioInput, audio_input),
            (TokenKind::ImageInput, image_input),
            (TokenKind::VideoInput, video_input),
            (TokenKind::Output, completion.0),
            (TokenKind::Reasoning, reasoning),
            (TokenKind::AudioOutput, audio_output),
            (TokenKind::ImageOutput, image_output),
            (TokenKind::VideoOutput, video_output),
            (TokenKind::Citation, self.citation),
        ]
    }
}

/// The part of a count that no kind has taken.
struct Remainder(u64);

impl Remainder {
    fn take(&mut self, count: u64) -> u64 {
        let taken = count.min(self.0);
        self.0 -= taken;
        taken
    }
}

/// The counts and properties that determine the cost of one request at a model's prices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PricedRequest<'a> {
    /// The tokens.
    pub tokens: Tokens,
    /// The tier of service that answered.
    pub service_tier: Option<&'a str>,
    /// The speed of the answer: `standard` or `fast`.
    pub speed: Option<&'a str>,
    /// The place of the inference: `global`, `us`, ….
    pub inference_geo: Option<&'a str>,
    /// The number of web searches.
    pub web_searches: u64,
    /// How much of the results a search puts into the prompt: `low`, `medium` or `high`.
    pub search_context: Option<&'a str>,
    /// The number of searches on maps.
    pub map_searches: u64,
    /// Uses of a tool that has no price, as the subject of a sentence: `file searches`.
    pub unpriced_tool: Option<&'a str>,
    /// The end of the request.
    pub at: Timestamp,
}

impl<'a> PricedRequest<'a> {
    /// Returns the request of a record; `None` if the prompt or completion tokens are unknown.
    pub fn of(record: &'a SessionRecord<'_>) -> Option<Self> {
        Some(Self {
            tokens: Tokens::of(record)?,
            service_tier: record.service_tier.as_deref(),
            at: record.end(),
            ..Self::default()
        })
    }
}
