//! Suggests names of spans where a command has found none of the requested name.

use crate::error::Error;
use crate::home::Homes;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::spans::{launches, near_names, top};
use crate::terminal::complain;

/// Names spans with names similar to those of the filter, of any session.
pub(super) fn suggest(
    homes: &Homes,
    filter: &SpanFilter,
    skips: &mut SkippedLines,
) -> Result<(), Error> {
    if filter.names.is_empty() {
        return Ok(());
    }
    let all = SpanFilter {
        period: filter.period,
        ..SpanFilter::default()
    };
    // The lines that are skipped were counted before.
    let counted = std::mem::take(skips);
    let report = top(&launches(homes, &all.period)?, &all, skips)?;
    *skips = counted;
    let rows = report.rows();
    let names: Vec<&str> = rows.iter().map(|(name, _)| &**name).collect();
    let is_selected = |name: &&&str| filter.matches_name(name);
    if let Some(name) = names.iter().find(is_selected) {
        complain(format_args!(
            "other spans have the name {name}; `telemetry spans --top --name {name}` counts those of all sessions"
        ));
        return Ok(());
    }
    match near_names(&filter.names, names).as_slice() {
        [] => {}
        near => complain(format_args!("similar names: {}", near.join(", "))),
    }
    Ok(())
}
