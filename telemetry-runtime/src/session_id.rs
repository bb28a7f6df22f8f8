use std::fmt;
use std::str::FromStr;

/// The UUID of a session, which all of its records contain.
///
/// [`Session::start`](crate::Session::start) makes version 7 UUIDs, so ids sort by time. UUIDs of any
/// version are accepted. The text form has 36 lower-case characters:
/// `018f2b1e-7c3a-7def-8123-456789abcdef`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// The lengths of the groups between hyphens, in hexadecimal digits.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// The length of the text form, in bytes.
pub(crate) const TEXT_LEN: usize = 36;

impl SessionId {
    /// Makes an id from the sixteen bytes of a UUID, most significant first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the sixteen bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns when a version 7 id was made; `None` for other versions, which do not contain a time.
    #[cfg(feature = "enabled")]
    pub(crate) fn made_at(self) -> Option<std::time::SystemTime> {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&self.0[..6]);
        let (millis, version) = (u64::from_be_bytes(millis), self.0[6] >> 4);
        let since = std::time::Duration::from_millis(millis);
        let time = std::time::UNIX_EPOCH.checked_add(since);
        time.filter(|_| version == 7)
    }

    /// Returns the text form, without an allocation.
    pub(crate) fn text(self) -> [u8; TEXT_LEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; TEXT_LEN];
        let mut at = 0;
        let mut nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        for group in GROUPS {
            for (place, nibble) in text[at..at + group].iter_mut().zip(nibbles.by_ref()) {
                *place = DIGITS[usize::from(nibble)];
            }
            at += group + 1;
        }
        text
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// The error of parsing a text that is not a session id.
///
/// `{:?}` prints the text for people; `{:#?}` prints the structure.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseSessionIdError {
    found: String,
}

impl fmt::Display for ParseSessionIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a session id: expected a UUID such as 018f2b1e-7c3a-7def-8123-456789abcdef",
            self.found.escape_debug()
        )
    }
}

impl std::error::Error for ParseSessionIdError {}

impl fmt::Debug for ParseSessionIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.debug_struct("ParseSessionIdError")
                .field("found", &self.found)
                .finish()
        } else {
            write!(f, "{self}")
        }
    }
}

impl FromStr for SessionId {
    type Err = ParseSessionIdError;

    /// Parses 36 characters with hyphens, or 32 without, in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseSessionIdError {
            found: text.chars().take(64).collect(),
        };
        let digits: Vec<u8> = match text.len() {
            32 => text.bytes().collect(),
            TEXT_LEN => {
                let groups: Vec<&str> = text.split('-').collect();
                if groups.iter().map(|group| group.len()).ne(GROUPS) {
                    return Err(error());
                }
                groups.concat().into_bytes()
            }
            _ => return Err(error()),
        };
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            for digit in pair {
                let value = char::from(*digit).to_digit(16).ok_or_else(error)?;
                *byte = (*byte << 4) | u8::try_from(value).map_err(|_| error())?;
            }
        }
        Ok(Self(bytes))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "enabled")]
mod as_uuid {
    use super::SessionId;
    use uuid::Uuid;

    impl From<Uuid> for SessionId {
        fn from(uuid: Uuid) -> Self {
            Self::from_bytes(uuid.into_bytes())
        }
    }

    impl From<SessionId> for Uuid {
        fn from(id: SessionId) -> Self {
            Self::from_bytes(*id.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SessionId;

    #[test]
    fn a_printed_id_parses() {
        let text = "018f2b1e-7c3a-7def-8123-456789abcdef";
        let id: SessionId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(id));
        assert_eq!(text.replace('-', "").parse(), Ok(id));
    }

    #[test]
    fn an_invalid_id_is_refused_with_its_text() {
        for text in [
            "",
            "018f2b1e",
            "018f2b1e-7c3a-7def-8123-456789abcdeg",
            "é",
            "\u{1b}[2J",
        ] {
            let error = text.parse::<SessionId>().unwrap_err().to_string();
            assert!(error.contains("is not a session id"), "{error}");
            assert!(!error.contains('\u{1b}'), "{error}");
        }
        // 36 bytes, hyphens in the wrong places
        assert!(
            "018f2b1e7-c3a-7def-8123-456789abcdef"
                .parse::<SessionId>()
                .is_err()
        );
    }
}
