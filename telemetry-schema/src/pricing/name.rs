//! The names under which a price map may list a model: its exact name, and the names without a provider that LiteLLM
//! itself looks up.
//!
//! | name | further names |
//! |---|---|
//! | `openai/M`, `azure/M`, `anthropic/M` | `M` |
//! | `bedrock/ROUTE/REGION/GEO.M` | the name without the route, then `M`, each also behind `bedrock/`; every part is optional. With a region and a geography, `GEO.M` in place of `M`. Of an ARN, `M` |
//! | `vertex_ai/M`, `vertex_ai/PUBLISHER/M` | `M`; `PUBLISHER/M`, `vertex_ai/M` and `M` |
//! | `fireworks_ai/M` | `M`, `fireworks_ai/accounts/fireworks/models/M` |
//! | `litellm_proxy/NAME` | those of `NAME` |
//! | `PROVIDER/M` of any other provider | `M`, if its entry states this provider |
//!
//! A further name never stands for the model of another provider: if the entry states its `litellm_provider`, that must be
//! the provider of the name. Versions, dates and upper case are part of a name.

use std::borrow::Cow;

/// The routes of Bedrock that LiteLLM removes, each once and in this order.
const BEDROCK_ROUTES: [&str; 5] = [
    "chat_completions/",
    "converse/",
    "invoke/",
    "openai/",
    "mantle/",
];

/// The geographies of Bedrock's cross-region inference, before a `.`.
const BEDROCK_GEOGRAPHIES: [&str; 7] = ["global", "us", "eu", "apac", "jp", "au", "us-gov"];

/// The regions of Bedrock, before a `/`.
const BEDROCK_REGIONS: [&str; 23] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The entries that a name may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner<'a> {
    Any,
    /// Entries of this provider, and entries that state none.
    OfOrUnstated(&'a str),
    /// Entries of this provider.
    Of(&'a str),
}

/// A name to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate<'a> {
    pub(super) name: Cow<'a, str>,
    owner: Owner<'a>,
}

impl Candidate<'_> {
    /// Returns whether an entry under this name, whose `litellm_provider` is `provider`, has the price of the model.
    pub(super) fn admits(&self, provider: Option<&str>) -> bool {
        match (self.owner, provider) {
            (Owner::Any, _) | (Owner::OfOrUnstated(_), None) => true,
            (Owner::Of(_), None) => false,
            (Owner::OfOrUnstated(own) | Owner::Of(own), Some(stated)) => is_of(own, stated),
        }
    }
}

/// Returns whether the provider that an entry states is the provider of a name. The map divides some providers further, such as
/// `vertex_ai-anthropic_models`.
fn is_of(provider: &str, stated: &str) -> bool {
    let is_divided = ["bedrock", "vertex_ai", "fireworks_ai"].contains(&provider);
    stated == provider || is_divided && stated.starts_with(provider)
}

/// Returns the names to look up for a model, the most specific first.
// Input:  bedrock/converse/us.anthropic.claude-x
// Output: bedrock/converse/us.anthropic.claude-x, us.anthropic.claude-x, bedrock/us.anthropic.claude-x,
//         bedrock/anthropic.claude-x, anthropic.claude-x
pub(super) fn candidates(model: &str) -> Vec<Candidate<'_>> {
    let mut candidates = vec![Candidate {
        name: Cow::Borrowed(model),
        owner: Owner::Any,
    }];
    candidates.extend(further_names(model));
    candidates.retain(|candidate| !candidate.name.is_empty() && !candidate.name.ends_with('/'));
    candidates
}

/// Returns the names that follow the exact name.
fn further_names(model: &str) -> Vec<Candidate<'_>> {
    let borrowed = |name, owner| Candidate {
        name: Cow::Borrowed(name),
        owner,
    };
    let owned = |name, owner| Candidate {
        name: Cow::Owned(name),
        owner,
    };
    let Some((provider, name)) = model.split_once('/') else {
        let base = without_geography(model);
        return Vec::from_iter(base.map(|base| borrowed(base, Owner::Of("bedrock"))));
    };
    let of = Owner::Of(provider);
    let of_or_unstated = Owner::OfOrUnstated(provider);
    match provider {
        "openai" | "azure" | "anthropic" => vec![borrowed(name, of_or_unstated)],
        "bedrock" => {
            let routed = without_routes(name);
            let base = bedrock_base(routed);
            vec![
                borrowed(routed, of_or_unstated),
                // The entries of a region have the name `bedrock/REGION/M`.
                owned(format!("bedrock/{routed}"), of_or_unstated),
                owned(format!("bedrock/{base}"), of_or_unstated),
                borrowed(base, of_or_unstated),
            ]
        }
        "vertex_ai" => {
            let mut names = vec![borrowed(name, of_or_unstated)];
            if let Some((_, model)) = name.split_once('/') {
                names.push(owned(format!("vertex_ai/{model}"), of));
                names.push(borrowed(model, of));
            }
            names
        }
        "fireworks_ai" if !name.contains('/') => vec![
            borrowed(name, of),
            owned(
                format!("fireworks_ai/accounts/fireworks/models/{name}"),
                of_or_unstated,
            ),
        ],
        // The model of another proxy, perhaps with its own provider.
        "litellm_proxy" => candidates(name),
        _ => vec![borrowed(name, of)],
    }
}

/// Removes the routes of LiteLLM from a name of Bedrock.
fn without_routes(name: &str) -> &str {
    let without = |name, route| str::strip_prefix(name, route).unwrap_or(name);
    BEDROCK_ROUTES.into_iter().fold(name, without)
}

/// Returns the name of a model of Bedrock without its region or geography. The last segment of an ARN is the model.
fn bedrock_base(name: &str) -> &str {
    let name = match name.rsplit_once('/') {
        Some((arn, model)) if arn.starts_with("arn:") => model,
        _ => name,
    };
    let of_region = || {
        let (region, model) = name.split_once('/')?;
        BEDROCK_REGIONS.contains(&region).then_some(model)
    };
    without_geography(name).or_else(of_region).unwrap_or(name)
}

fn without_geography(name: &str) -> Option<&str> {
    let (geography, model) = name.split_once('.')?;
    BEDROCK_GEOGRAPHIES.contains(&geography).then_some(model)
}

#[cfg(test)]
mod tests;
