//! The factors of a price besides the ordinary counts of tokens.

/// Counts and properties of a request that have prices of their own. A cost is calculated from prices only if each of them
/// that the request has is priced.
///
/// A value that the provider did not state, or stated as zero, is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PriceFactors {
    /// The part of the tokens written to the cache whose cache entry is kept for an hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Input tokens of audio, cached ones included.
    pub audio_input_tokens: Option<u64>,
    /// Input tokens of images, cached ones included.
    pub image_input_tokens: Option<u64>,
    /// Input tokens of video.
    pub video_input_tokens: Option<u64>,
    /// The part of the cached tokens that is audio.
    pub cached_audio_tokens: Option<u64>,
    /// The part of the cached tokens that is images.
    pub cached_image_tokens: Option<u64>,
    /// Output tokens of audio.
    pub audio_output_tokens: Option<u64>,
    /// Output tokens of images.
    pub image_output_tokens: Option<u64>,
    /// Output tokens of video.
    pub video_output_tokens: Option<u64>,
    /// Tokens of cited sources, which are not part of the prompt.
    pub citation_tokens: Option<u64>,
    /// The number of web searches.
    pub web_searches: Option<u64>,
    /// The number of searches on maps.
    pub map_searches: Option<u64>,
    /// How much of its results a web search puts into the prompt: `low`, `medium` or `high`.
    pub search_context_size: Option<String>,
    /// The speed of the answer: `standard` or `fast`.
    pub speed: Option<String>,
    /// The place of the inference: `global`, `us`, ….
    pub inference_geo: Option<String>,
    /// Uses of a tool of the provider that no price map prices: `file searches`.
    pub unpriced_tool: Option<String>,
}

impl PriceFactors {
    /// Fills unknown values with those of `other`.
    #[must_use]
    pub(crate) fn or(mut self, mut other: Self) -> Self {
        for (count, other) in self.counts().into_iter().zip(other.counts()) {
            *count = count.or(*other);
        }
        for (text, other) in self.texts().into_iter().zip(other.texts()) {
            if text.as_deref().is_none_or(str::is_empty) {
                *text = other.take();
            }
        }
        self
    }

    fn counts(&mut self) -> [&mut Option<u64>; 12] {
        [
            &mut self.cache_write_1h_tokens,
            &mut self.audio_input_tokens,
            &mut self.image_input_tokens,
            &mut self.video_input_tokens,
            &mut self.cached_audio_tokens,
            &mut self.cached_image_tokens,
            &mut self.audio_output_tokens,
            &mut self.image_output_tokens,
            &mut self.video_output_tokens,
            &mut self.citation_tokens,
            &mut self.web_searches,
            &mut self.map_searches,
        ]
    }

    fn texts(&mut self) -> [&mut Option<String>; 4] {
        [
            &mut self.search_context_size,
            &mut self.speed,
            &mut self.inference_geo,
            &mut self.unpriced_tool,
        ]
    }
}
