//! Reading a session from the logs of given configurations.

use std::cell::OnceCell;

use telemetry_schema::pricing::PriceMap;

use super::config::Config;
use super::session::{self, SessionLogFiles};
use super::usage;
use crate::{ResumeError, SessionId, SessionSnapshot};

/// Reads the totals of a session from the session logs of these configurations, for a reader of the logs, or for a host that
/// shows a session of another process. Telemetry need not run.
///
/// Each session log is read as a whole, at about the speed of a plain search.
///
/// # Errors
///
/// If no request of the session is found. The error then names a file that could not be read, if any;
/// if requests are found, such files are counted in
/// [`unreadable_files`](SessionSnapshot::unreadable_files).
pub fn read_session<'c>(
    configs: impl IntoIterator<Item = &'c Config>,
    id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    let configs: Vec<&Config> = configs.into_iter().collect();
    let logs: Vec<SessionLogFiles> = configs
        .iter()
        .filter_map(|config| config.session_log_files())
        .collect();
    let maps: OnceCell<Vec<PriceMap>> = OnceCell::new();
    session::read_logs(&logs, id, &|model| {
        let mut users = configs.iter().map(|config| &config.pricing.prices);
        let by_user = users.find_map(|prices| prices.max_input_tokens(model));
        by_user.or_else(|| {
            let paths = configs
                .iter()
                .filter_map(|config| config.pricing.map.as_deref());
            let maps = maps.get_or_init(|| paths.map(usage::read_price_map).collect());
            maps.iter().find_map(|map| map.max_input_tokens(model))
        })
    })
}
