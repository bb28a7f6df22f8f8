//! Where the line of a frame goes.

/// The index of a log in the configuration.
pub(crate) type LogIndex = u32;

/// The log of spans and events.
pub(crate) const DEBUG_LOG: LogIndex = 0;
/// The log of usage records.
pub(crate) const SESSION_LOG: LogIndex = 1;
/// The log of text lines for people.
pub(crate) const TUI_LOG: LogIndex = 2;

/// The log that a frame is for, and the number of the call site that it comes from, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route(u32);

/// The log is in the bits above.
const NUMBER_BITS: u32 = 24;

impl Route {
    /// The largest number of a call site.
    pub(crate) const MAX_NUMBER: u32 = (1 << NUMBER_BITS) - 1;

    pub(crate) const fn new(log: LogIndex, number: u32) -> Self {
        Self(log << NUMBER_BITS | number & Self::MAX_NUMBER)
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn log(self) -> LogIndex {
        self.0 >> NUMBER_BITS
    }

    pub(crate) const fn number(self) -> u32 {
        self.0 & Self::MAX_NUMBER
    }
}
