//! Bar charts by day, stacked by model. plotters draws them; they contain no text from logs but the days.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;

use super::cells::{counted, text};
use crate::usage::{Report, UsageTotals};

/// The colours of the models, readable on a light and on a dark page.
const COLOURS: [(u8, u8, u8); 7] = [
    (0x2f, 0x7f, 0xd0),
    (0xd9, 0x77, 0x06),
    (0x2a, 0x9d, 0x6f),
    (0xb0, 0x5a, 0xc8),
    (0xd1, 0x4b, 0x6a),
    (0x1f, 0x9b, 0xb3),
    (0x8a, 0x8f, 0x98),
];
/// The name of the models that have no colour of their own.
const OTHERS: &str = "other models";
/// The most days of a chart, the latest ones.
const MAX_DAYS: usize = 366;
const SIZE: (u32, u32) = (1_000, 260);
/// The size of texts, in pixels.
const FONT: u32 = 13;

/// Values by day and model.
#[derive(Debug)]
pub(super) struct BarChart {
    /// The models, the highest cost first.
    models: Vec<String>,
    /// Every day from the first to the last one, and its values in the order of the models.
    days: Vec<(Date, Vec<u64>)>,
    omitted: usize,
}

impl BarChart {
    /// Takes a value of each model of each day. The chart has the models in the given order.
    pub(super) fn of(daily: &Report, order: &[&str], value: impl Fn(&UsageTotals) -> u64) -> Self {
        let mut models: Vec<String> = order.iter().map(|model| text(model)).collect();
        let places: HashMap<&str, usize> = order
            .iter()
            .enumerate()
            .map(|(at, model)| (*model, at.min(COLOURS.len() - 1)))
            .collect();
        if models.len() > COLOURS.len() {
            models.truncate(COLOURS.len() - 1);
            models.push(OTHERS.to_owned());
        }
        let mut days: Vec<(Date, Vec<u64>)> = Vec::new();
        let rows = daily
            .rows
            .iter()
            .filter_map(|row| Some((row.key.parse::<Date>().ok()?, row)));
        let rows: Vec<_> = rows.collect();
        let last = rows.last().map(|(day, _)| *day);
        // Days without a request have a place, too, but a gap of years must not make a chart of empty days.
        let oldest = last.and_then(|day| {
            day.checked_sub(i64::try_from(MAX_DAYS - 1).unwrap_or(0).days())
                .ok()
        });
        let omitted = rows.iter().filter(|(day, _)| Some(*day) < oldest).count();
        for (day, row) in rows.into_iter().skip(omitted) {
            while let Some((before, _)) = days.last()
                && let Ok(next) = before.tomorrow()
                && next < day
            {
                days.push((next, vec![0; models.len()]));
            }
            let mut values = vec![0_u64; models.len()];
            for (model, usage) in &row.models {
                // A purge may have removed the model between the reading of the days and that of the models.
                if let Some(sum) = places.get(&**model).and_then(|at| values.get_mut(*at)) {
                    *sum = sum.saturating_add(value(usage));
                }
            }
            days.push((day, values));
        }
        Self {
            models,
            days,
            omitted,
        }
    }

    /// Returns whether no bar would have a height.
    pub(super) fn is_zero(&self) -> bool {
        self.days
            .iter()
            .all(|(_, values)| values.iter().all(|it| *it == 0))
    }
}

/// Returns a chart with its legend. `shown` formats the values of the axis.
pub(super) fn figure(chart: &BarChart, title: &str, shown: fn(f64) -> String) -> Markup {
    let picture = draw(chart, shown);
    html! {
        figure.chart {
            figcaption { (title) ". The tables below have the numbers." }
            ul.legend {
                @for (model, (red, green, blue)) in chart.models.iter().zip(COLOURS) {
                    li {
                        svg.key viewBox="0 0 1 1" aria-hidden="true" { rect width="1" height="1" fill=(format!("#{red:02X}{green:02X}{blue:02X}")) {} }
                        " " (model)
                    }
                }
            }
            @match picture {
                Ok(picture) => div role="img" aria-label=(title) { (PreEscaped(picture)) },
                Err(error) => p { "The chart cannot be drawn: " (error) },
            }
            @if chart.omitted > 0 {
                p { (counted(chart.omitted as u64, "earlier day")) " not in the chart." }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of bars")]
fn draw(chart: &BarChart, shown: fn(f64) -> String) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let mut picture = String::new();
    let highest = chart
        .days
        .iter()
        .map(|(_, values)| values.iter().map(|it| *it as f64).sum::<f64>());
    let highest = highest.fold(0.0, f64::max).max(1.0);
    {
        let area = SVGBackend::with_string(&mut picture, SIZE).into_drawing_area();
        let days = chart.days.len();
        let mut context = ChartBuilder::on(&area)
            .margin(8)
            .x_label_area_size(24)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (0..days.saturating_sub(1).max(1)).into_segmented(),
                0.0..highest * 1.05,
            )
            .map_err(|error| failed(&error))?;
        let day = |at: &SegmentValue<usize>| match at {
            SegmentValue::CenterOf(at) => chart
                .days
                .get(*at)
                .map_or_else(String::new, |(day, _)| day.to_string()),
            _ => String::new(),
        };
        context
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(days.min(8))
            .x_label_formatter(&day)
            .y_labels(5)
            .y_label_formatter(&|value| shown(*value))
            .label_style(("sans-serif", FONT))
            .draw()
            .map_err(|error| failed(&error))?;
        let bars = chart.days.iter().enumerate().flat_map(|(at, (_, values))| {
            let mut below = 0.0;
            values
                .iter()
                .zip(COLOURS)
                .map(move |(value, (red, green, blue))| {
                    let from = below;
                    below += *value as f64;
                    let mut bar = Rectangle::new(
                        [
                            (SegmentValue::Exact(at), from),
                            (SegmentValue::Exact(at + 1), below),
                        ],
                        RGBColor(red, green, blue).filled(),
                    );
                    let gap = if days > 120 { 0 } else { 2 };
                    bar.set_margin(0, 0, gap, gap);
                    (*value > 0).then_some(bar)
                })
        });
        context
            .draw_series(bars.flatten())
            .map_err(|error| failed(&error))?;
        area.present().map_err(|error| failed(&error))?;
    }
    Ok(picture)
}

/// Formats nano-dollars for an axis.
pub(super) fn short_dollars(nanos: f64) -> String {
    let dollars = nanos / 1e9;
    match dollars {
        0.0 => "$0".to_owned(),
        it if it >= 10.0 => format!("${it:.0}"),
        it if it >= 0.1 => format!("${it:.2}"),
        it if it >= 0.001 => format!("${it:.4}"),
        it => format!("${it:.7}"),
    }
}

/// Formats a count for an axis.
pub(super) fn short_count(count: f64) -> String {
    match count {
        it if it >= 1e9 => format!("{:.1}G", it / 1e9),
        it if it >= 1e6 => format!("{:.1}M", it / 1e6),
        it if it >= 1e4 => format!("{:.0}k", it / 1e3),
        it => format!("{it:.0}"),
    }
}
