//! The prices of one model.

use super::rate::{Rate, Sum};
use crate::record::{NanoUsd, SessionRecord};

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TokenKind {
    Input,
    Output,
    Reasoning,
    CacheRead,
    CacheWrite,
}

/// The fields of LiteLLM's price map that are read, before their suffixes.
const FIELDS: [(&str, TokenKind); 5] = [
    ("input_cost_per_token", TokenKind::Input),
    ("output_cost_per_token", TokenKind::Output),
    ("output_cost_per_reasoning_token", TokenKind::Reasoning),
    ("cache_read_input_token_cost", TokenKind::CacheRead),
    ("cache_creation_input_token_cost", TokenKind::CacheWrite),
];

/// A tier of service that has prices of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Standard,
    Flex,
    Priority,
}

impl Tier {
    /// The one of this name; whoever has no prices of its own is charged as everybody.
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

/// Which price it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: TokenKind,
    /// Prompts longer than so many thousands of tokens; 0 for all.
    above: u32,
    tier: Tier,
}

impl Key {
    /// Reads `FIELD`, `FIELD_above_200k_tokens`, and either with `_flex` or `_priority` behind.
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
    /// In the order of their keys.
    rates: Vec<(Key, Rate)>,
}

/// The tokens of one request, as its record has them: prompt tokens include those read from and
/// written to the cache, whatever the provider's own convention is, and completion tokens include
/// the reasoning ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All input.
    pub prompt: u64,
    /// Of it, read from the provider's cache.
    pub cached: u64,
    /// Of it, written to the provider's cache.
    pub cache_write: u64,
    /// All output.
    pub completion: u64,
    /// Of it, spent on reasoning.
    pub reasoning: u64,
}

impl Tokens {
    /// The counts of a record; `None` where those that are always charged are not known. A kind of
    /// tokens that the provider did not report was not there.
    pub fn of(record: &SessionRecord<'_>) -> Option<Self> {
        let prompt = record.prompt_tokens?;
        // Embeddings have no output, and their sum says so.
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
    /// The names of the fields, before the suffixes `_above_200k_tokens` (any number of thousands),
    /// `_flex` and `_priority`.
    pub const FIELDS: [&str; 5] = [
        FIELDS[0].0,
        FIELDS[1].0,
        FIELDS[2].0,
        FIELDS[3].0,
        FIELDS[4].0,
    ];

    /// Whether a field of LiteLLM's map is one that is read here.
    pub fn has_field(field: &str) -> bool {
        Key::of(field).is_some()
    }

    /// Takes a price under the name of its field; `false` where that is none that is read here.
    pub fn set(&mut self, field: &str, rate: Rate) -> bool {
        let Some(key) = Key::of(field) else {
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
        let key = Key { kind, above, tier };
        let at = self.rates.binary_search_by_key(&key, |(key, _)| *key);
        at.ok().map(|at| self.rates[at].1)
    }

    /// The price of the tier, else that of everybody.
    fn tiered(&self, kind: TokenKind, above: u32, tier: Tier) -> Option<Rate> {
        self.at(kind, above, tier)
            .or_else(|| self.at(kind, above, Tier::Standard))
    }

    /// The largest threshold that the prompt is above of; 0 where there is none.
    fn threshold(&self, prompt: u64, tier: Tier) -> u32 {
        let above = |(key, _): &(Key, Rate)| {
            let counts = key.kind == TokenKind::Input && [Tier::Standard, tier].contains(&key.tier);
            (counts && prompt > u64::from(key.above) * 1000).then_some(key.above)
        };
        self.rates.iter().filter_map(above).max().unwrap_or(0)
    }

    /// What a request cost, to the nearest nano-dollar: the products are exact, and their sum is
    /// rounded once, a half away from zero. `tier` is the tier of service that answered.
    ///
    /// As LiteLLM computes it: the tokens of the prompt that the cache neither gave nor took are
    /// charged at the price of input, those of the answer that are no reasoning at that of output. A
    /// prompt above a threshold is charged at its prices as a whole, and so is the answer. Where a
    /// tier, a threshold, the cache or reasoning has no price of its own, the ordinary one counts.
    ///
    /// `None` where a kind of tokens has no price at all, or the sum is beyond nine billion dollars.
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
        let mut sum = Sum::ZERO;
        for (count, rate) in charges.into_iter().filter(|(count, _)| *count > 0) {
            sum = sum.plus(count, rate?);
        }
        sum.nanos()
    }

    /// The price of reasoning, where that is another than that of output in this tier.
    fn reasoning(&self, tier: Tier) -> Option<Rate> {
        let own = self.at(TokenKind::Reasoning, 0, tier);
        if tier != Tier::Standard && self.at(TokenKind::Output, 0, tier).is_some() {
            return own;
        }
        own.or_else(|| self.at(TokenKind::Reasoning, 0, Tier::Standard))
    }
}
