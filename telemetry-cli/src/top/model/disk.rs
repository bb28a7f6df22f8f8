//! The bytes of a home's logs.

use telemetry_store::listing;

use crate::home::Home;

/// The bytes of a home's logs and their budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// The bytes of all logs, as the budget counts them. `None` if the directory cannot be read.
    pub used: Option<u64>,
    /// The budget; 0 means no limit.
    pub budget: u64,
}

impl DiskUse {
    pub(super) fn of(home: &Home) -> Self {
        Self {
            used: listing(&home.retained())
                .ok()
                .map(|listing| listing.counted()),
            budget: home.config.max_total_bytes(),
        }
    }
}
