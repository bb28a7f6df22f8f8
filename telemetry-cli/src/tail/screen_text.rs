//! The lines that appeared on the screen of a host, from the records of the log `tui_stream`.

use std::collections::HashMap;

use telemetry_schema::record::ScreenFrame;

use crate::recording::ShownScreen;

/// The number of recordings whose screens are stored.
const MAX_SCREENS: usize = 64;

/// The last screen of each recording.
#[derive(Debug, Default)]
pub struct ScreenText {
    screens: HashMap<String, ShownScreen>,
}

impl ScreenText {
    /// Returns the rows of a frame that differ from the screen before it, and are not blank. A frame with all rows repeats those
    /// that have not changed.
    pub fn appeared(&mut self, frame: &ScreenFrame<'_>) -> Vec<String> {
        if self.screens.len() >= MAX_SCREENS && !self.screens.contains_key(&*frame.stream) {
            self.screens.clear();
        }
        let screen = self
            .screens
            .entry(frame.stream.clone().into_owned())
            .or_default();
        let before: Vec<String> = screen.rows().iter().map(|row| row.text.clone()).collect();
        screen.apply(frame);
        let rows = screen.rows().iter().enumerate();
        rows.filter(|(y, row)| before.get(*y) != Some(&row.text))
            .map(|(_, row)| row.text.trim_end_matches(' ').to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use telemetry_schema::record::ScreenRow;

    use super::*;

    fn frame(rows: &[(u32, &str)]) -> ScreenFrame<'static> {
        let row = |(y, text): &(u32, &str)| ScreenRow {
            y: *y,
            text: (*text).to_owned(),
            style: Vec::new(),
        };
        ScreenFrame {
            stream: "00f067aa0ba902b7".into(),
            width: 20,
            height: 3,
            rows: rows.iter().map(row).collect(),
            ..ScreenFrame::default()
        }
    }

    #[test]
    fn rows_appear_once() {
        let mut text = ScreenText::default();
        let all = [(0, "Model"), (1, ""), (2, "> h")];
        assert_eq!(text.appeared(&frame(&all)), ["Model", "> h"]);
        assert_eq!(text.appeared(&frame(&[(2, "> hi")])), ["> hi"]);
        // A whole frame, once a minute.
        let all = [(0, "Model"), (1, "  an\u{1b}swer "), (2, "> hi")];
        assert_eq!(text.appeared(&frame(&all)), ["  an�swer"]);
    }
}
