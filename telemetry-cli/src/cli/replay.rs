//! The command `telemetry replay`.

use clap::Args;

use super::features::examples;
use super::shared::{GlobalArgs, zone_help};
use crate::error::{Error, ExitStatus};
use crate::replay::moments::Moments;
use crate::replay::{check_at, parse_at, print, recorded, whole_session};
use crate::selection::{SessionChoice, resolve, time_zone};
use crate::skipped_lines::SkippedLines;
use crate::terminal::Terminal;

/// Play the recorded screens of a session, beside the spans and requests of the same time
#[derive(Debug, Args)]
#[command(after_help = help())]
pub(super) struct ReplayArgs {
    /// The session: its id, a prefix of its id, or `latest` [default: the last one that was recorded]
    #[arg(value_name = "SESSION")]
    session: Option<SessionChoice>,

    /// Play this many times as fast: from 0.25 to 64
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = speed, allow_negative_numbers = true)]
    speed: u32,

    /// Begin at this time: an offset from the first frame (+90s: seconds, +2m: minutes), a time of day (18:54:07), or a time as of --since
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,

    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    timezone: Option<String>,
}

/// Returns the text below the options. A binary without the player only writes single screens.
fn help() -> String {
    const KEYS: &str = "\
Keys: Space pauses, arrows step, n and N go to the next error and the one before, + and - change the speed, Tab hides the
spans, ? shows all keys, q quits. A pause of the interface of more than three seconds is played in three.

";
    const PIPE: &str = "\
In a pipe, the screen at --at (or else the last one) is written as text.

Examples:
";
    let has_player = cfg!(feature = "replay");
    let examples = examples(&[
        (
            "  telemetry replay                          the last session that was recorded",
            has_player,
        ),
        ("  telemetry replay 01a22953-9d39 --speed 4", has_player),
        (
            "  telemetry replay latest --at 18:54:07     or +90s (seconds), +2m (minutes), or a time as of --since",
            has_player,
        ),
        (
            "  telemetry replay latest --at +90s | cat   the screen at that time",
            true,
        ),
    ]);
    let keys = if has_player { KEYS } else { "" };
    format!("{keys}{PIPE}{examples}")
}

/// Parses a speed, in hundredths.
fn speed(text: &str) -> Result<u32, String> {
    let factor = text
        .parse()
        .ok()
        .filter(|factor: &f64| (0.25..=64.0).contains(factor));
    let Some(factor) = factor else {
        return Err("expected a factor from 0.25 to 64, such as 4".to_owned());
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the factor is between 0.25 and 64"
    )]
    Ok((factor * 100.0).round() as u32)
}

impl ReplayArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let homes = global.homes()?;
        let session = self.session.as_ref();
        let session = session.map(|choice| resolve(choice, &homes)).transpose()?;
        let filter = whole_session(session.as_deref().unwrap_or_default());
        let mut skips = SkippedLines::default();
        let mut recorded = recorded(&homes, &filter, &mut skips)?;
        let recording = &recorded.recording;
        let at = self.at.as_deref();
        let at = at.map(|text| Ok::<_, Error>((text, parse_at(text, recording, &zone)?)));
        let at = at.transpose()?;
        let moments = Moments::read(&homes, &recorded.session, &mut skips)?;
        skips.report();
        if let Some((text, at)) = at {
            check_at(at, text, recording, &moments, &zone)?;
        }
        let at = at.map(|(_, at)| at);
        if !out.is_interactive() {
            print(&mut recorded, &moments, at, &zone, out)?;
            return Ok(ExitStatus::Done);
        }
        #[cfg(feature = "replay")]
        return crate::replay::run(recorded, moments, at, self.speed, zone, out.has_color());
        #[cfg(not(feature = "replay"))]
        Err(Error::new(format!(
            "{}, write one screen with `telemetry replay | cat`, or play `telemetry export asciicast -o session.cast` with asciinema",
            super::features::built_without("the player", "replay")
        )))
    }
}
