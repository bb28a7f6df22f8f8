//! The totals of all sessions, the budget, and the losses.

use std::fmt::Write;

use ratatui_core::layout::Rect;
use telemetry_schema::record::Totals;
use telemetry_text::{bytes, compact, counted};

use super::Surroundings;
use super::canvas::Canvas;
use crate::terminal::cost;
use crate::terminal::screen::line;
use crate::top::model::disk::DiskUse;
use crate::top::page::{Page, has_content};

/// The columns of the bar of the budget.
const BAR: u64 = 20;
/// The columns of the bar on a screen on which the longer bar would push the rest of the budget out.
const NARROW_BAR: u64 = 10;
/// The narrowest screen with the longer bar.
const WIDE: u16 = 70;

pub(super) fn draw(page: &Page<'_>, area: Rect, around: &Surroundings, canvas: &mut Canvas<'_>) {
    let mut sums = Totals::default();
    let mut running = 0;
    let mut shown = 0;
    for session in page.model.sessions.iter() {
        sums.add(&session.sums);
        running += u64::from(page.is_running(session));
        shown += u64::from(has_content(page.model, session));
    }
    let mut first = format!(
        "{}, {running} running, {}, {} {}, {}",
        counted(shown, "session", "sessions"),
        counted(sums.requests, "request", "requests"),
        compact(sums.total_tokens),
        if sums.total_tokens == 1 {
            "token"
        } else {
            "tokens"
        },
        cost(&sums)
    );
    if let Some(hourly) = page.model.sessions.hourly().with_unit() {
        let longer = format!("{first}, {hourly}");
        // A narrow screen has room for that of the selected session only, in its details.
        if telemetry_text::columns(&longer) <= usize::from(area.width) {
            first = longer;
        }
    }
    if page.model.is_reading {
        first.push_str(", reading the logs …");
    }
    canvas.text(line(area, 0), 0, &first, Canvas::bold());
    let used = u16::try_from(telemetry_text::columns(&first)).unwrap_or(u16::MAX);
    let from = used.saturating_add(2);
    canvas.right(line(area, 0), from, &around.homes, canvas.dim());
    disk(&page.model.disks, line(area, 1), canvas);
    losses(page, line(area, 2), canvas);
}

fn disk(disks: &[DiskUse], line: Rect, canvas: &mut Canvas<'_>) {
    let used: Option<u64> = disks.iter().map(|disk| disk.used).sum();
    let Some(used) = used else {
        canvas.text(
            line,
            0,
            "Disk: a log directory cannot be read; `telemetry doctor` shows why",
            canvas.alarm(),
        );
        return;
    };
    // A home without a limit makes the sum unlimited.
    let is_limited = disks.iter().all(|disk| disk.budget > 0);
    let budget: u64 = disks.iter().map(|disk| disk.budget).sum();
    if !is_limited {
        canvas.text(
            line,
            0,
            &format!("Disk {} used, no limit", bytes(used)),
            Canvas::plain(),
        );
        return;
    }
    let width = if line.width < WIDE { NARROW_BAR } else { BAR };
    let filled = u64::try_from(u128::from(used) * u128::from(width) / u128::from(budget.max(1)));
    let filled = filled.unwrap_or(width).min(width);
    let bar = |count: u64, mark: &str| mark.repeat(usize::try_from(count).unwrap_or(0));
    let text = format!(
        "Disk [{}{}] {} of {}, {} left",
        bar(filled, "|"),
        bar(width - filled, " "),
        bytes(used),
        bytes(budget),
        bytes(budget.saturating_sub(used))
    );
    let style = if used > budget {
        canvas.alarm()
    } else {
        canvas.good()
    };
    canvas.text(line, 0, &text, style);
}

fn losses(page: &Page<'_>, line: Rect, canvas: &mut Canvas<'_>) {
    let losses = &page.model.losses;
    let mut parts = vec![format!(
        "Lost {}",
        counted(losses.lost, "record", "records")
    )];
    if !losses.cause.is_empty() {
        let _ = write!(parts[0], " ({}, {})", bytes(losses.bytes), losses.cause);
    }
    for (count, one, several) in [
        (losses.skipped_lines, "damaged line", "damaged lines"),
        (losses.limited, "rate-limited", "rate-limited"),
        (losses.sampled_out, "sampled out", "sampled out"),
        (losses.repeated, "repeated answer", "repeated answers"),
        (
            page.model.spans.dropped,
            "older span not kept",
            "older spans not kept",
        ),
    ] {
        if count > 0 {
            parts.push(counted(count, one, several));
        }
    }
    let is_good = losses.lost == 0 && losses.skipped_lines == 0;
    let style = if is_good {
        Canvas::plain()
    } else {
        canvas.alarm()
    };
    canvas.text(line, 0, &parts.join(", "), style);
}
