//! `telemetry report`: one HTML page about a session, a period, or two of them beside each other.
//!
//! The page has no script and loads nothing, which its Content-Security-Policy enforces. Its numbers are those of `usage`,
//! `spans` and `diff`, which collect them. Text from logs is made visible, as for a terminal, and escaped by the templates.
//!
//! | module | responsibility |
//! |---|---|
//! | [`side`] | collects the records of one session or period |
//! | `requests`, `trees`, `waterfall`, `losses` | its requests, its span trees, the rows of a turn, the records that are missing, each in bounded memory |
//! | `page`, `style` | the frame of the page; its style sheet with the hash for the policy |
//! | `summary`, `changes`, `failures`, `missing`, `costs`, `request_table`, `turns`, `flame`, `names` | one section each |
//! | `bars` | the bar charts of costs and tokens |
//! | `cells` | numbers, texts and tables as HTML |

mod bars;
mod cells;
mod changes;
mod costs;
mod failures;
mod flame;
mod losses;
mod missing;
mod names;
mod page;
mod request_table;
mod requests;
pub mod side;
mod style;
mod summary;
mod trees;
mod turns;
mod waterfall;

use std::io::Write;

use crate::diff::{self, Comparison};
use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Calendar, SpanFilter};
use crate::skipped_lines::SkippedLines;

use side::ReportSide;

/// The subject of a report: one selection of records, or two.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A session or a period.
    One(SpanFilter),
    /// Two of them, the baseline first.
    Two(SpanFilter, SpanFilter),
}

/// Writes the report. Returns whether there is any record about its subject.
///
/// # Errors
///
/// Fails if an existing file cannot be read or `out` cannot be written.
pub fn write(
    homes: &Homes,
    subject: &Subject,
    calendar: &Calendar,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<bool, Error> {
    match subject {
        Subject::One(filter) => {
            let side = ReportSide::read(homes, filter, calendar, skips)?;
            page::write_one(&side, out)?;
            Ok(!side.is_empty())
        }
        Subject::Two(a, b) => {
            // These readings visit the files again, whose damaged lines `skips` has already.
            let again = &mut SkippedLines::default();
            let compared = [diff::read(homes, a, again)?, diff::read(homes, b, again)?];
            let comparison = Comparison::of(&compared[0], &compared[1], 0);
            let a = ReportSide::read(homes, a, calendar, skips)?;
            let b = ReportSide::read(homes, b, calendar, again)?;
            page::write_two(&a, &b, &comparison, out)?;
            Ok(!a.is_empty() || !b.is_empty())
        }
    }
}
