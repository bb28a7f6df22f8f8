//! The size of directories that other processes write to meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The size of each file of the directories, by the identity of the file and not by its name.
pub fn sizes(directories: &[&Path]) -> BTreeMap<u64, u64> {
    let mut sizes = BTreeMap::new();
    for directory in directories {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if let Ok(metadata) = entry.metadata() {
                sizes.insert(metadata.ino(), metadata.len());
            }
        }
    }
    sizes
}

/// Returns the smallest total size that the directories can have had between two samples. Files only grow, so bytes that
/// both samples have seen were there in between. One sample alone may count a file that is removed before the sample
/// reaches the next file.
pub fn bytes(directories: &[&Path]) -> u64 {
    let (first, second) = (sizes(directories), sizes(directories));
    first
        .iter()
        .filter_map(|(file, len)| Some(*len.min(second.get(file)?)))
        .sum()
}
