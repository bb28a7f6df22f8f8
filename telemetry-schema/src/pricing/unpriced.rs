//! Why a request has no price.

use std::fmt;

use super::key::{Tier, TokenKind};

/// Why no cost of a request is stated. The text is the `unpriced_reason` of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpriced {
    /// No source of prices is configured.
    NoPrices,
    /// The user's own prices do not list the model, and the price map cannot be read.
    UnreadableMap,
    /// No source of prices lists the model.
    UnknownModel,
    /// A source of prices lists the model without a price of tokens.
    NoTokenPrice,
    /// The answer states no count of the prompt or of the completion.
    UnknownCounts,
    /// Tokens of a kind have no price.
    Tokens(UnpricedTokens),
    /// The service tier is not one of the tiers with prices.
    ServiceTier(String),
    /// The speed of the answer has no multiplier.
    Speed(String),
    /// The place of the inference has no multiplier.
    InferenceGeo(String),
    /// A tool that ran at the provider has no price, or is not priced at all: `web searches`.
    Tool(String),
    /// The price of the model depends on a value that the answer does not state: `prices by the hour of another time zone`.
    Unsupported(&'static str),
    /// The cost exceeds nine billion dollars.
    TooLarge,
}

/// A kind of tokens that has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpricedTokens {
    pub(super) kind: TokenKind,
    pub(super) tier: Tier,
    /// The threshold that the prompt exceeds, in tokens; 0 for none.
    pub(super) above: u32,
}

impl fmt::Display for Unpriced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrices => f.write_str("no prices are configured"),
            Self::UnreadableMap => f.write_str("the price map cannot be read"),
            Self::UnknownModel => f.write_str("the prices do not list the model"),
            Self::NoTokenPrice => {
                f.write_str("the prices list the model without a price of tokens")
            }
            Self::UnknownCounts => f.write_str("the prompt or completion tokens are unknown"),
            Self::Tokens(UnpricedTokens { kind, tier, above }) => {
                write!(f, "{} are not priced", kind.plural())?;
                if *tier != Tier::Standard {
                    write!(f, " in the service tier {}", tier.name())?;
                }
                if *above > 0 {
                    write!(f, " above {above} prompt tokens")?;
                }
                Ok(())
            }
            Self::ServiceTier(tier) => write!(f, "the service tier {tier} is not priced"),
            Self::Speed(speed) => write!(f, "the speed {speed} is not priced"),
            Self::InferenceGeo(geo) => write!(f, "the inference geography {geo} is not priced"),
            Self::Tool(uses) => write!(f, "{uses} are not priced"),
            Self::Unsupported(what) => write!(f, "{what} are not supported"),
            Self::TooLarge => f.write_str("the cost exceeds nine billion dollars"),
        }
    }
}
