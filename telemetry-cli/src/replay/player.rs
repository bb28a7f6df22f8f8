//! The position in a recording, and its movement. Times are microseconds since 1970.

use std::time::Duration;

/// The longest time in which a pause of the recording is played. Longer pauses are shortened to it.
const MAX_PAUSE: i64 = 3_000_000;
/// The speeds, in hundredths.
pub const SPEEDS: [u32; 9] = [25, 50, 100, 200, 400, 800, 1600, 3200, 6400];

/// A player.
#[derive(Debug)]
pub struct Player {
    /// The times of the frames; at least one.
    times: Vec<i64>,
    frame: usize,
    /// The time of the recording that is played.
    time: i64,
    is_playing: bool,
    /// In hundredths.
    speed: u32,
}

impl Player {
    /// Returns a player at the first frame that plays.
    pub fn new(times: Vec<i64>, speed: u32) -> Self {
        let time = times.first().copied().unwrap_or_default();
        Self {
            times,
            frame: 0,
            time,
            is_playing: true,
            speed,
        }
    }

    /// Returns the frame that is shown.
    pub fn frame(&self) -> usize {
        self.frame
    }

    /// Returns the time that is played.
    pub fn time(&self) -> i64 {
        self.time
    }

    /// Returns the times of the first and the last frame.
    pub fn bounds(&self) -> (i64, i64) {
        let bound = |time: Option<&i64>| time.copied().unwrap_or_default();
        (bound(self.times.first()), bound(self.times.last()))
    }

    /// Returns whether the player plays.
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Returns the speed in hundredths.
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// Moves by the time that has passed on the clock. Returns whether another frame is shown.
    pub fn advance(&mut self, passed: Duration) -> bool {
        if !self.is_playing {
            return false;
        }
        let passed = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
        let passed = passed.saturating_mul(i64::from(self.speed)) / 100;
        self.time = self.time.saturating_add(passed);
        let before = self.frame;
        let mut next = self.times.get(self.frame + 1);
        while let Some(time) = next.filter(|time| **time <= self.time) {
            self.frame += 1;
            next = self.times.get(self.frame + 1);
            debug_assert!(*time <= self.time);
        }
        if let Some(next) = next {
            let longest = MAX_PAUSE.saturating_mul(i64::from(self.speed.max(100))) / 100;
            self.time = self.time.max(next.saturating_sub(longest));
        } else {
            self.time = self.bounds().1;
            self.is_playing = false;
        }
        self.frame != before
    }

    /// Returns the time on the clock until the next frame; `None` while nothing plays.
    pub fn until_next(&self) -> Option<Duration> {
        let next = self.times.get(self.frame + 1).filter(|_| self.is_playing)?;
        let left = u64::try_from(next.saturating_sub(self.time)).unwrap_or(0);
        Some(Duration::from_micros(
            left.saturating_mul(100) / u64::from(self.speed.max(1)),
        ))
    }

    /// Pauses or continues. At the end, plays from the beginning.
    pub fn toggle(&mut self) {
        self.is_playing = !self.is_playing;
        if self.is_playing && self.frame + 1 >= self.times.len() {
            self.show(0);
        }
    }

    /// Pauses, and shows another frame.
    pub fn step(&mut self, by: isize) {
        self.is_playing = false;
        let last = self.times.len().saturating_sub(1);
        self.show(self.frame.saturating_add_signed(by).min(last));
    }

    /// Shows the last frame before a time, or the first one.
    pub fn seek(&mut self, time: i64) {
        let (first, last) = self.bounds();
        self.frame = self
            .times
            .partition_point(|at| *at <= time)
            .saturating_sub(1);
        self.time = time.clamp(first, last);
    }

    /// Pauses at the next of these times, which are in order, or at the one before. Returns false if there is none.
    pub fn seek_in(&mut self, times: &[i64], forward: bool) -> bool {
        let (first, last) = self.bounds();
        let is_inside = |time: &&i64| (first..=last).contains(*time);
        let mut inside = times.iter().filter(is_inside);
        let found = if forward {
            inside.find(|time| **time > self.time)
        } else {
            inside.rfind(|time| **time < self.time)
        };
        let Some(found) = found.copied() else {
            return false;
        };
        self.is_playing = false;
        self.seek(found);
        true
    }

    /// Plays faster or slower.
    pub fn change_speed(&mut self, faster: bool) {
        let other = if faster {
            SPEEDS.into_iter().find(|speed| *speed > self.speed)
        } else {
            SPEEDS.into_iter().rfind(|speed| *speed < self.speed)
        };
        self.speed = other.unwrap_or(self.speed);
    }

    fn show(&mut self, frame: usize) {
        self.frame = frame;
        self.time = self.times.get(frame).copied().unwrap_or(self.time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn player() -> Player {
        Player::new([0, 1, 2, 100, 101].map(|at| at * SECOND).to_vec(), 100)
    }

    #[test]
    fn frames_are_shown_at_their_times() {
        let mut player = player();
        assert!(!player.advance(Duration::from_millis(999)));
        assert_eq!(player.until_next(), Some(Duration::from_millis(1)));
        assert!(player.advance(Duration::from_millis(1)));
        assert_eq!((player.frame(), player.time()), (1, SECOND));
        player.change_speed(true);
        player.change_speed(true);
        assert_eq!(player.speed(), 400);
        assert!(player.advance(Duration::from_millis(250)));
        assert_eq!(player.frame(), 2);
    }

    #[test]
    fn a_long_pause_is_shortened_and_the_end_pauses() {
        let mut player = player();
        player.advance(Duration::from_secs(2));
        // 98 seconds without a frame.
        assert_eq!(player.until_next(), Some(Duration::from_secs(3)));
        assert!(player.advance(Duration::from_secs(3)));
        assert_eq!(player.frame(), 3);
        player.advance(Duration::from_hours(1));
        assert_eq!((player.frame(), player.is_playing()), (4, false));
        assert_eq!(player.until_next(), None);
        player.toggle();
        assert_eq!((player.frame(), player.is_playing()), (0, true));
    }

    #[test]
    fn steps_and_seeks_stay_inside() {
        let mut player = player();
        player.step(-1);
        assert_eq!((player.frame(), player.is_playing()), (0, false));
        player.step(99);
        assert_eq!((player.frame(), player.time()), (4, 101 * SECOND));
        player.seek(50 * SECOND);
        assert_eq!((player.frame(), player.time()), (2, 50 * SECOND));
        player.seek(-5);
        assert_eq!((player.frame(), player.time()), (0, 0));
        let errors = [-9, 60 * SECOND, 100 * SECOND, 900 * SECOND];
        assert!(player.seek_in(&errors, true));
        assert_eq!((player.frame(), player.time()), (2, 60 * SECOND));
        assert!(player.seek_in(&errors, true));
        assert_eq!(player.frame(), 3);
        assert!(!player.seek_in(&errors, true));
        assert!(player.seek_in(&errors, false));
        assert_eq!(player.time(), 60 * SECOND);
    }
}
