//! The section with the flame graph.

mod picture;
mod stacks;

use maud::{Markup, html};

use super::cells::{Head, counted, nanos, table, text};
use super::side::ReportSide;
use picture::MIN_PERCENT;
use stacks::Stack;

/// The most stacks of the table.
const MAX_STACKS: usize = 40;

pub(super) fn content(side: &ReportSide, prefix: &str) -> Markup {
    let stacks = stacks::parse(&side.spans.stacks);
    if stacks.is_empty() {
        return html! { p { "No span with self time was recorded." } };
    }
    let picture = picture::draw(&stacks, &stacks::frames(&stacks), prefix);
    let mut longest: Vec<&Stack> = stacks.iter().collect();
    longest.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let omitted = longest.len().saturating_sub(MAX_STACKS);
    html! {
        figure {
            figcaption { "Self time by stack of span names, the outermost span above. The times of the frame that the mouse points at, or that the arrow keys choose, stand below; frames below "
                (MIN_PERCENT) " % are not drawn." }
            @match picture {
                Ok(picture) => div.flame role="radiogroup" aria-label="Frames of the flame graph" { (picture) },
                Err(error) => p { "The flame graph cannot be drawn: " (error) },
            }
        }
        details {
            summary { "The longest stacks as a table" }
            (table("Stacks by self time", &[Head::Text("Stack"), Head::Number("Self")], html! {
                @for (stack, length) in longest.into_iter().take(MAX_STACKS) {
                    tr { td { (text(&stack.replace(';', " › "))) } td.n { (nanos("stack_ns", *length)) } }
                }
            }))
            @if omitted > 0 { p { (counted(omitted as u64, "shorter stack")) " omitted; `telemetry export folded` has all of them." } }
        }
    }
}
