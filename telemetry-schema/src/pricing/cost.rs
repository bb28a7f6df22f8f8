//! The cost of a request at the prices of a model.

use super::key::{Tier, TokenKind};
use super::model::{Fee, ModelPrice};
use super::off_peak::OffPeakPrices;
use super::provider::Provider;
use super::range::RangePrices;
use super::rate::{ExactSum, Rate};
use super::request::PricedRequest;
use super::unpriced::{Unpriced, UnpricedTokens};
use crate::record::NanoUsd;

/// The places of inference without a surcharge.
const NO_PLACE: [&str; 3] = ["", "global", "not_available"];

impl ModelPrice {
    /// Returns the cost of a request to the nearest nano-dollar. Products are exact, and their sum is rounded once, a half away
    /// from zero.
    ///
    /// The rules are those of LiteLLM: each token is charged once, by its kind. If the prompt exceeds a threshold, all tokens
    /// of the request are charged at the prices above the threshold. Cached and written tokens of a model without a price of
    /// the cache are charged as input, and reasoning without a price as output.
    ///
    /// # Errors
    ///
    /// Fails if anything that changes the cost of the request has no price: a kind of tokens, also in its service tier or above
    /// its threshold, a speed, a place, or a tool.
    pub fn cost(&self, request: &PricedRequest<'_>) -> Result<NanoUsd, Unpriced> {
        if let Some(what) = self.special().and_then(|special| special.unsupported) {
            return Err(Unpriced::Unsupported(what));
        }
        if self.is_empty() {
            return Err(Unpriced::NoTokenPrice);
        }
        let tokens = self.tokens(request)?;
        let multiplied = self.multiplied(request, tokens)?;
        let sum = self.with_fees(request, multiplied)?;
        sum.nanos().ok_or(Unpriced::TooLarge)
    }

    fn tokens(&self, request: &PricedRequest<'_>) -> Result<ExactSum, Unpriced> {
        let own_name = || request.service_tier.unwrap_or_default().to_owned();
        let tier =
            Tier::of(request.service_tier).ok_or_else(|| Unpriced::ServiceTier(own_name()))?;
        let prices = PricesOfRequest::of(self, request, tier);
        let mut sum = ExactSum::ZERO;
        for (kind, count) in request.tokens.by_kind() {
            if count > 0 {
                sum = sum.plus(count, prices.rate(kind)?);
            }
        }
        Ok(sum)
    }

    /// Returns the cost of the tokens with the multipliers of the speed and the place.
    fn multiplied(
        &self,
        request: &PricedRequest<'_>,
        mut sum: ExactSum,
    ) -> Result<ExactSum, Unpriced> {
        let of = |field: &str| self.special().and_then(|special| special.multiplier(field));
        let speed = request.speed.unwrap_or_default();
        if !["", "standard"].contains(&speed) {
            let multiplier = of(speed).ok_or_else(|| Unpriced::Speed(speed.to_owned()))?;
            sum = sum.times(multiplier);
        }
        let place = request.inference_geo.unwrap_or_default();
        if !NO_PLACE.iter().any(|none| place.eq_ignore_ascii_case(none)) {
            let multiplier = of(place).ok_or_else(|| Unpriced::InferenceGeo(place.to_owned()))?;
            sum = sum.times(multiplier);
        }
        Ok(sum)
    }

    /// Returns the cost with the fees of tools.
    fn with_fees(
        &self,
        request: &PricedRequest<'_>,
        mut sum: ExactSum,
    ) -> Result<ExactSum, Unpriced> {
        if let Some(uses) = request.unpriced_tool {
            return Err(Unpriced::Tool(uses.to_owned()));
        }
        let fee = |fee| self.special().and_then(|special| special.fee(fee));
        let charged = |uses: u64| {
            let is_by_request = self.provider == Provider::Gemini
                && !self
                    .special()
                    .is_some_and(|special| special.is_search_charged_by_query);
            if is_by_request { uses.min(1) } else { uses }
        };
        let uses = [
            (
                request.web_searches,
                "web searches",
                self.search_fee(request),
            ),
            (request.map_searches, "map searches", fee(Fee::MapSearch)),
        ];
        for (uses, name, fee) in uses {
            if uses > 0 {
                let fee = fee.ok_or_else(|| Unpriced::Tool(name.to_owned()))?;
                sum = sum.plus(charged(uses), fee);
            }
        }
        Ok(sum)
    }

    /// Returns the price of a web search. Some providers have one price whatever the size of the results is.
    fn search_fee(&self, request: &PricedRequest<'_>) -> Option<Rate> {
        let fees = match self.provider {
            Provider::Perplexity => [Fee::SearchLow, Fee::SearchLow, Fee::SearchLow],
            Provider::Xai => [Fee::SearchMedium, Fee::SearchLow, Fee::SearchHigh],
            Provider::Other => match request.search_context {
                Some("low") => [Fee::SearchLow; 3],
                Some("high") => [Fee::SearchHigh; 3],
                _ => [Fee::SearchMedium; 3],
            },
            _ => [Fee::SearchMedium; 3],
        };
        let special = self.special()?;
        let mut rates = fees.into_iter().filter_map(|fee| special.fee(fee));
        if self.provider == Provider::Xai {
            return rates.find(|rate| !rate.is_zero());
        }
        rates.next()
    }
}

/// The prices of one model that apply to one request.
struct PricesOfRequest<'a> {
    model: &'a ModelPrice,
    tier: Tier,
    /// The threshold that the prompt exceeds; 0 for none.
    above: u32,
    range: Option<&'a RangePrices>,
    off_peak: Option<&'a OffPeakPrices>,
}

impl<'a> PricesOfRequest<'a> {
    fn of(model: &'a ModelPrice, request: &PricedRequest<'_>, tier: Tier) -> Self {
        let prompt = request.tokens.prompt;
        let special = model.special();
        let above = if model.provider.has_one_input_price() {
            0
        } else {
            model.threshold(prompt, tier)
        };
        Self {
            model,
            tier,
            above,
            range: special.and_then(|special| RangePrices::select(&special.ranges, prompt)),
            off_peak: special
                .and_then(|special| special.off_peak.as_ref())
                .filter(|prices| prices.applies_at(request.at)),
        }
    }

    /// Returns the price of a kind.
    fn rate(&self, kind: TokenKind) -> Result<Rate, Unpriced> {
        let provider = self.model.provider;
        match kind {
            TokenKind::Reasoning if provider.charges_reasoning_as_output() => {
                self.rate(TokenKind::Output)
            }
            TokenKind::CacheRead | TokenKind::CacheWrite if provider.has_one_input_price() => {
                self.rate(TokenKind::Input)
            }
            _ => {
                let off_peak = self.off_peak.and_then(|prices| prices.rate(kind));
                match off_peak {
                    Some(rate) => Ok(rate),
                    None => self.ordinary(kind),
                }
            }
        }
    }

    /// Returns the price of a kind at other times than off-peak.
    fn ordinary(&self, kind: TokenKind) -> Result<Rate, Unpriced> {
        let unpriced_at = |above, tier| Unpriced::Tokens(UnpricedTokens { kind, tier, above });
        let unpriced = || unpriced_at(self.above, self.tier);
        if let Some(range) = self.range {
            return match range.rate(kind) {
                Some(rate) if self.tier == Tier::Standard => Ok(rate),
                Some(_) => Err(unpriced()),
                None => {
                    let own = || self.model.at(kind, 0, self.tier).ok_or_else(unpriced);
                    kind.otherwise().map_or_else(own, |other| self.rate(other))
                }
            };
        }
        if let Some(rate) = self.model.at(kind, self.above, self.tier) {
            return Ok(rate);
        }
        // Reasoning is a part of the output, of which a tier may have a price.
        if kind == TokenKind::Reasoning && self.tier != Tier::Standard {
            return self.rate(TokenKind::Output);
        }
        let has_own_price = [
            (0, Tier::Standard),
            (0, self.tier),
            (self.above, Tier::Standard),
        ]
        .into_iter()
        .any(|(above, tier)| self.model.at(kind, above, tier).is_some());
        if has_own_price {
            return Err(unpriced());
        }
        if kind == TokenKind::CacheRead && self.model.provider.halves_cached_input() {
            let input = self.model.at(TokenKind::Input, 0, self.tier);
            return input.map(Rate::half).ok_or_else(unpriced);
        }
        match kind.otherwise() {
            Some(other) => self.rate(other),
            None => Err(unpriced_at(0, Tier::Standard)),
        }
    }
}
