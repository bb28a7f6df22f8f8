//! The prices of one model.

use super::rate::{ExactSum, Rate};
use crate::record::{NanoUsd, SessionRecord};

/// A kind of tokens that has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TokenKind {
    Input,
    Output,
    Reasoning,
    CacheRead,
    CacheWrite,
}

/// The fields of LiteLLM's price map that are used, without their suffixes.
const FIELDS: [(&str, TokenKind); 5] = [
    ("input_cost_per_token", TokenKind::Input),
    ("output_cost_per_token", TokenKind::Output),
    ("output_cost_per_reasoning_token", TokenKind::Reasoning),
    ("cache_read_input_token_cost", TokenKind::CacheRead),
    ("cache_creation_input_token_cost", TokenKind::CacheWrite),
];

/// A tier of service with prices of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Standard,
    Flex,
    Priority,
}

impl Tier {
    /// Returns the tier of this name; a tier without prices of its own is charged at the standard prices.
    fn of(name: Option<&str>) -> Self {
        match name {
            Some(name) if name.eq_ignore_ascii_case("flex") => Self::Flex,
            Some(name)
                if ["priority", "fast"]
                    .iter()
                    .any(|own| name.eq_ignore_ascii_case(own)) =>
            {
                Self::Priority
            }
            _ => Self::Standard,
        }
    }
}

/// The key of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PriceKey {
    kind: TokenKind,
    /// The price applies to prompts of more than this many thousands of tokens; 0 for all prompts.
    above: u32,
    tier: Tier,
}

impl PriceKey {
    /// Parses `FIELD` or `FIELD_above_200k_tokens`, with or without the suffix `_flex` or `_priority`.
    fn of(field: &str) -> Option<Self> {
        let (field, tier) = if let Some(field) = field.strip_suffix("_flex") {
            (field, Tier::Flex)
        } else if let Some(field) = field.strip_suffix("_priority") {
            (field, Tier::Priority)
        } else {
            (field, Tier::Standard)
        };
        let (field, above) = match field.split_once("_above_") {
            Some((field, above)) => {
                let above = above.strip_suffix("k_tokens")?;
                let digits = above.bytes().all(|byte| byte.is_ascii_digit());
                (
                    field,
                    above.parse().ok().filter(|above| *above > 0 && digits)?,
                )
            }
            None => (field, 0),
        };
        let (_, kind) = FIELDS.iter().find(|(name, _)| *name == field)?;
        Some(Self {
            kind: *kind,
            above,
            tier,
        })
    }
}

/// The prices of one model, in dollars per token.
///
/// ```
/// use telemetry_schema::pricing::{ModelPrice, Tokens};
/// use telemetry_schema::record::NanoUsd;
///
/// let mut price = ModelPrice::default();
/// price.set("input_cost_per_token", "1.5e-7".parse().unwrap());
/// price.set("cache_read_input_token_cost", "7.5e-8".parse().unwrap());
/// price.set("output_cost_per_token", "6e-7".parse().unwrap());
/// let tokens = Tokens { prompt: 1200, cached: 1024, completion: 350, ..Tokens::default() };
/// assert_eq!(price.cost(&tokens, None), Some(NanoUsd(313_200)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelPrice {
    /// Sorted by key.
    rates: Vec<(PriceKey, Rate)>,
}

/// The tokens of one request. As in records, prompt tokens include those read from and written to the cache, and completion
/// tokens include reasoning tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All input tokens.
    pub prompt: u64,
    /// Input tokens read from the provider's cache.
    pub cached: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write: u64,
    /// All output tokens.
    pub completion: u64,
    /// Output tokens spent on reasoning.
    pub reasoning: u64,
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
        })
    }
}

impl ModelPrice {
    /// The names of the fields without the suffixes `_above_200k_tokens` (for any number of thousands), `_flex` and
    /// `_priority`.
    pub const FIELDS: [&str; 5] = [
        FIELDS[0].0,
        FIELDS[1].0,
        FIELDS[2].0,
        FIELDS[3].0,
        FIELDS[4].0,
    ];

    /// Whether a field of LiteLLM's map is used.
    pub fn has_field(field: &str) -> bool {
        PriceKey::of(field).is_some()
    }

    /// Sets the price of a field; `false` if the field is not used.
    pub fn set(&mut self, field: &str, rate: Rate) -> bool {
        let Some(key) = PriceKey::of(field) else {
            return false;
        };
        match self.rates.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.rates[at].1 = rate,
            Err(at) => self.rates.insert(at, (key, rate)),
        }
        true
    }

    /// Whether no price is known.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty()
    }

    fn at(&self, kind: TokenKind, above: u32, tier: Tier) -> Option<Rate> {
        let key = PriceKey { kind, above, tier };
        let at = self.rates.binary_search_by_key(&key, |(key, _)| *key);
        at.ok().map(|at| self.rates[at].1)
    }

    /// Returns the price of the tier, otherwise the standard price.
    fn tiered(&self, kind: TokenKind, above: u32, tier: Tier) -> Option<Rate> {
        self.at(kind, above, tier)
            .or_else(|| self.at(kind, above, Tier::Standard))
    }

    /// Returns the largest threshold that the prompt exceeds; 0 if it exceeds none.
    fn threshold(&self, prompt: u64, tier: Tier) -> u32 {
        let above = |(key, _): &(PriceKey, Rate)| {
            let counts = key.kind == TokenKind::Input && [Tier::Standard, tier].contains(&key.tier);
            (counts && prompt > u64::from(key.above) * 1000).then_some(key.above)
        };
        self.rates.iter().filter_map(above).max().unwrap_or(0)
    }

    /// Returns the cost of a request to the nearest nano-dollar. Products are exact, and their sum is rounded once, a half away
    /// from zero. `tier` is the tier of service that answered.
    ///
    /// The rules are those of LiteLLM: prompt tokens that were neither read from nor written to the cache are charged at the
    /// price of input, completion tokens without reasoning at the price of output. If the prompt exceeds a threshold, all
    /// tokens of the request are charged at the prices of the threshold. Where a tier, a threshold, the cache or reasoning has
    /// no price of its own, the standard price applies.
    ///
    /// `None` if a kind of tokens has no price, or the cost exceeds nine billion dollars.
    pub fn cost(&self, tokens: &Tokens, tier: Option<&str>) -> Option<NanoUsd> {
        let tier = Tier::of(tier);
        let above = self.threshold(tokens.prompt, tier);
        let of = |kind| {
            self.tiered(kind, above, tier)
                .or_else(|| self.tiered(kind, 0, tier))
        };
        let (input, output) = (of(TokenKind::Input), of(TokenKind::Output));
        let cached = tokens.cached.min(tokens.prompt);
        let cache_write = tokens.cache_write.min(tokens.prompt - cached);
        let reasoning = tokens.reasoning.min(tokens.completion);
        let charges = [
            (tokens.prompt - cached - cache_write, input),
            (cached, of(TokenKind::CacheRead).or(input)),
            (cache_write, of(TokenKind::CacheWrite).or(input)),
            (tokens.completion - reasoning, output),
            (reasoning, self.reasoning(tier).or(output)),
        ];
        let mut sum = ExactSum::ZERO;
        for (count, rate) in charges.into_iter().filter(|(count, _)| *count > 0) {
            sum = sum.plus(count, rate?);
        }
        sum.nanos()
    }

    /// Returns the price of reasoning if it differs from the price of output in this tier.
    fn reasoning(&self, tier: Tier) -> Option<Rate> {
        let own = self.at(TokenKind::Reasoning, 0, tier);
        if tier != Tier::Standard && self.at(TokenKind::Output, 0, tier).is_some() {
            return own;
        }
        own.or_else(|| self.at(TokenKind::Reasoning, 0, Tier::Standard))
    }
}
