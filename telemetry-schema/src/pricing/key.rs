//! The fields of a price map that are prices of tokens.

/// A kind of tokens that has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TokenKind {
    Input,
    Output,
    Reasoning,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    CachedAudio,
    AudioInput,
    ImageInput,
    VideoInput,
    AudioOutput,
    ImageOutput,
    VideoOutput,
    Citation,
}

/// The fields of LiteLLM's price map that are used, without their suffixes.
const FIELDS: [(&str, TokenKind); 14] = [
    ("input_cost_per_token", TokenKind::Input),
    ("output_cost_per_token", TokenKind::Output),
    ("output_cost_per_reasoning_token", TokenKind::Reasoning),
    ("cache_read_input_token_cost", TokenKind::CacheRead),
    ("cache_creation_input_token_cost", TokenKind::CacheWrite),
    (
        "cache_creation_input_token_cost_above_1hr",
        TokenKind::CacheWrite1h,
    ),
    ("cache_read_input_audio_token_cost", TokenKind::CachedAudio),
    ("input_cost_per_audio_token", TokenKind::AudioInput),
    ("input_cost_per_image_token", TokenKind::ImageInput),
    ("input_cost_per_video_token", TokenKind::VideoInput),
    ("output_cost_per_audio_token", TokenKind::AudioOutput),
    ("output_cost_per_image_token", TokenKind::ImageOutput),
    ("output_cost_per_video_token", TokenKind::VideoOutput),
    ("citation_cost_per_token", TokenKind::Citation),
];

/// The names of the fields, without their suffixes.
pub(super) const FIELD_NAMES: [&str; FIELDS.len()] = {
    let mut names = [""; FIELDS.len()];
    let mut at = 0;
    while at < FIELDS.len() {
        names[at] = FIELDS[at].0;
        at += 1;
    }
    names
};

impl TokenKind {
    /// Returns the tokens of this kind as the subject of a sentence.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Input => "input tokens",
            Self::Output => "output tokens",
            Self::Reasoning => "reasoning tokens",
            Self::CacheRead => "cached tokens",
            Self::CacheWrite => "cache writes",
            Self::CacheWrite1h => "one-hour cache writes",
            Self::CachedAudio => "cached audio tokens",
            Self::AudioInput | Self::AudioOutput => "audio tokens",
            Self::ImageInput | Self::ImageOutput => "image tokens",
            Self::VideoInput | Self::VideoOutput => "video tokens",
            Self::Citation => "citation tokens",
        }
    }

    /// Returns the kind at whose price these tokens are charged if no price of their own exists: a provider without a
    /// price of the cache charges cached tokens as input, and reasoning is output.
    pub(super) const fn otherwise(self) -> Option<Self> {
        match self {
            Self::CacheRead | Self::CacheWrite => Some(Self::Input),
            Self::Reasoning => Some(Self::Output),
            _ => None,
        }
    }
}

/// A tier of service with prices of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Standard,
    Flex,
    Balanced,
    Priority,
    Ultrafast,
}

/// The suffixes of the fields of a tier.
const TIERS: [(&str, Tier); 4] = [
    ("_flex", Tier::Flex),
    ("_balanced", Tier::Balanced),
    ("_priority", Tier::Priority),
    ("_ultrafast", Tier::Ultrafast),
];

/// The names under which providers report the standard tier.
const STANDARD: [&str; 4] = ["default", "standard", "auto", "on_demand"];

impl Tier {
    /// Returns the tier of this name; `None` if no field has prices of it. `fast` is a name of `priority`.
    pub(super) fn of(name: Option<&str>) -> Option<Self> {
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        match &*name {
            "" => Some(Self::Standard),
            "fast" => Some(Self::Priority),
            name if STANDARD.contains(&name) => Some(Self::Standard),
            name => {
                let mut tiers = TIERS.iter();
                let found = tiers.find(|(suffix, _)| suffix[1..] == *name);
                found.map(|(_, tier)| *tier)
            }
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "default",
            Self::Flex => "flex",
            Self::Balanced => "balanced",
            Self::Priority => "priority",
            Self::Ultrafast => "ultrafast",
        }
    }
}

/// The key of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PriceKey {
    pub(super) kind: TokenKind,
    /// The price applies to prompts of more than this many tokens; 0 for all prompts.
    pub(super) above: u32,
    pub(super) tier: Tier,
}

impl PriceKey {
    /// Parses `FIELD`, `FIELD_above_200k_tokens` or `FIELD_above_200_tokens`, with or without the suffix of a tier.
    pub(super) fn of(field: &str) -> Option<Self> {
        let with_tier = TIERS
            .iter()
            .find_map(|(suffix, tier)| Some((field.strip_suffix(suffix)?, *tier)));
        let (field, tier) = with_tier.unwrap_or((field, Tier::Standard));
        let (kind, above) = FIELDS.iter().find_map(|(name, kind)| {
            let suffix = field.strip_prefix(name)?;
            Some((*kind, threshold(suffix)?))
        })?;
        Some(Self { kind, above, tier })
    }
}

/// Parses `_above_200k_tokens` or `_above_200_tokens`; nothing is 0.
fn threshold(suffix: &str) -> Option<u32> {
    if suffix.is_empty() {
        return Some(0);
    }
    let above = suffix.strip_prefix("_above_")?.strip_suffix("_tokens")?;
    let (digits, unit) = match above.strip_suffix('k') {
        Some(thousands) => (thousands, 1000),
        None => (above, 1),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let above = digits.parse::<u32>().ok()?.checked_mul(unit)?;
    (above > 0).then_some(above)
}
