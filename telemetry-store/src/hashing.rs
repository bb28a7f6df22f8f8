//! Hash maps and sets whose creation needs no random bytes of the operating system: those of the standard library panic in a
//! process whose sandbox denies them.

use foldhash::fast::RandomState;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;
