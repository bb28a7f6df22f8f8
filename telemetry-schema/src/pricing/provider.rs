//! The rules of providers that differ from the general ones.

/// A provider, as far as its rules differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Provider {
    /// Anthropic, also on Vertex AI.
    Claude,
    /// Google's own models.
    Gemini,
    Xai,
    Fireworks,
    Perplexity,
    Groq,
    #[default]
    Other,
}

impl Provider {
    /// Returns the provider of a `litellm_provider`, or of the part of a model's name before the first `/`.
    pub(super) fn of(provider: &str, model: &str) -> Self {
        match provider {
            "anthropic" => Self::Claude,
            "gemini" => Self::Gemini,
            "xai" => Self::Xai,
            "fireworks_ai" | "fireworks_ai-embedding-models" => Self::Fireworks,
            "perplexity" => Self::Perplexity,
            "groq" => Self::Groq,
            vertex if vertex.starts_with("vertex_ai") && model.contains("claude") => Self::Claude,
            vertex if vertex.starts_with("vertex_ai") => Self::Gemini,
            _ => Self::Other,
        }
    }

    /// Returns whether a threshold includes the threshold itself.
    pub(super) fn includes_threshold(self) -> bool {
        self == Self::Xai
    }

    /// Returns whether reasoning is charged at the price of output, whatever the price of reasoning is.
    pub(super) fn charges_reasoning_as_output(self) -> bool {
        self == Self::Xai
    }

    /// Returns whether the price of input applies to every token of the prompt, also above a threshold.
    pub(super) fn has_one_input_price(self) -> bool {
        self == Self::Perplexity
    }

    /// Returns whether a model without a price of the cache has cached tokens at half the price of input.
    pub(super) fn halves_cached_input(self) -> bool {
        self == Self::Fireworks
    }
}
