//! The differences between a request of the session log and its spend record.

use serde::Serialize;
use telemetry_schema::record::NanoUsd;

use super::logged::LoggedRequest;
use super::spend::SpendRecord;

/// A value of one side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Quantity {
    Count(u64),
    Dollars(NanoUsd),
    Text(String),
}

/// A value that differs between both sides. `None` on a side that has no such value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    /// The key of the session record: `cost_usd`, `prompt_tokens`, …; `model` and `outcome`.
    pub(super) key: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proxy: Option<Quantity>,
}

/// Returns the differences. Costs are equal if they differ by at most `tolerance`.
pub(super) fn differences(
    request: &LoggedRequest,
    spend: &SpendRecord,
    tolerance: NanoUsd,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let (stated, booked) = (request.tokens.by_kind(), spend.tokens.by_kind());
    for ((key, ours), (_, theirs)) in stated.into_iter().zip(booked) {
        let differs = match (ours, theirs) {
            (Some(ours), Some(theirs)) => ours != theirs,
            // The proxy books zeros where the provider stated nothing.
            (None, theirs) => theirs.unwrap_or(0) > 0,
            // A spend record need not have every kind.
            (Some(_), None) => false,
        };
        if differs {
            found.push(Difference {
                key,
                session: ours.map(Quantity::Count),
                proxy: theirs.map(Quantity::Count),
            });
        }
    }
    if exceeds(request.cost_nanos(), spend.cost_nanos(), tolerance) {
        found.push(Difference {
            key: "cost_usd",
            session: request.cost.map(Quantity::Dollars),
            proxy: spend.cost.map(Quantity::Dollars),
        });
    }
    if let (Some(ours), Some(theirs)) = (request.saved, spend.saved)
        && spend.cache_hit
        && exceeds(ours.0, theirs.0, tolerance)
    {
        found.push(Difference {
            key: "saved_usd",
            session: Some(Quantity::Dollars(ours)),
            proxy: Some(Quantity::Dollars(theirs)),
        });
    }
    if !is_model_equal(request, spend) {
        let name = request.deployment_model.as_ref().or(request.model.as_ref());
        found.push(Difference {
            key: "model",
            session: name.cloned().map(Quantity::Text),
            proxy: spend.model.clone().map(Quantity::Text),
        });
    }
    if request.is_ok() == spend.failed {
        let text = |text: &str| Some(Quantity::Text(text.to_owned()));
        found.push(Difference {
            key: "outcome",
            session: text(request.outcome.as_str()),
            proxy: text(if spend.failed { "failure" } else { "success" }),
        });
    }
    found
}

/// Returns whether costs differ by more than the tolerance. A side without a cost charges nothing.
fn exceeds(ours: i64, theirs: i64, tolerance: NanoUsd) -> bool {
    ours.abs_diff(theirs) > tolerance.0.unsigned_abs()
}

/// Compares the models of the deployment if the record of the session log names the deployment, and otherwise the requested
/// model with the group. Some spend records have the name without the provider.
fn is_model_equal(request: &LoggedRequest, spend: &SpendRecord) -> bool {
    let is_same = |ours: &str, theirs: &str| {
        let behind_provider = |name: &str, other: &str| {
            name.strip_suffix(other)
                .is_some_and(|provider| provider.ends_with('/'))
        };
        ours == theirs || behind_provider(ours, theirs) || behind_provider(theirs, ours)
    };
    if let (Some(ours), Some(theirs)) = (&request.deployment_id, &spend.deployment_id)
        && ours != theirs
    {
        return false;
    }
    if let (Some(ours), Some(theirs)) = (&request.deployment_model, &spend.model) {
        return is_same(ours, theirs);
    }
    let ours = [
        &request.deployment_group,
        &request.model,
        &request.response_model,
    ];
    let ours: Vec<&String> = ours.into_iter().flatten().collect();
    let theirs: Vec<&String> = [&spend.group, &spend.model].into_iter().flatten().collect();
    let mut pairs = ours
        .iter()
        .flat_map(|ours| theirs.iter().map(move |theirs| (ours, theirs)));
    ours.is_empty() || theirs.is_empty() || pairs.any(|(ours, theirs)| is_same(ours, theirs))
}
