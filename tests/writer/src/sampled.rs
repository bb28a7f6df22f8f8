//! How much is in directories that are written to meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Every file of the directories with its size, by what the file is and not by its name.
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

/// The least that the directories can have held at a moment between two looks. Files only grow, so
/// what both looks saw was there in between; one look may count a file that is removed before it
/// comes to what is written next.
pub fn bytes(directories: &[&Path]) -> u64 {
    let (first, second) = (sizes(directories), sizes(directories));
    first
        .iter()
        .filter_map(|(file, len)| Some(*len.min(second.get(file)?)))
        .sum()
}
