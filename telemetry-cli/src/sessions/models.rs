//! The models of a session, in the order of all outputs.

use std::collections::BTreeMap;

use telemetry_schema::record::{Totals, compare_totals};
use telemetry_schema::sort::sort_by;

/// The names of models with the sums that decide their order.
#[derive(Clone, Debug, Default)]
pub struct SessionModels(BTreeMap<String, Totals>);

impl SessionModels {
    pub(super) fn of(model: Option<&str>, sums: &Totals) -> Self {
        let model = model.map(|model| (model.to_owned(), *sums));
        Self(model.into_iter().collect())
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (model, sums) in other.0 {
            self.0.entry(model).or_default().add(&sums);
        }
    }

    /// Returns the names, that of the highest cost first.
    pub fn names(&self) -> Vec<&str> {
        let mut models: Vec<(&str, &Totals)> =
            self.0.iter().map(|(name, it)| (&**name, it)).collect();
        sort_by(&mut models, |a, b| compare_totals(*a, *b));
        models.into_iter().map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_cost_is_first_and_then_the_most_tokens() {
        let sums = |cost_nanos, total_tokens| Totals {
            cost_nanos,
            total_tokens,
            ..Totals::default()
        };
        let mut models = SessionModels::of(None, &Totals::default());
        for (name, cost, tokens) in [
            ("a", 0, 1),
            ("b", 0, 1),
            ("c", 0, 9),
            ("d", 2, 1),
            ("a", 0, 4),
        ] {
            models.merge(SessionModels::of(Some(name), &sums(cost, tokens)));
        }
        assert_eq!(models.names(), ["d", "c", "a", "b"]);
    }
}
