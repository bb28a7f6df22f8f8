//! The files that the checks read.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Files by their path relative to the repository, with `/` between the parts. The text of a file
/// that is neither Rust, TOML, Markdown nor plain text is empty.
#[derive(Debug, Default)]
pub struct Source {
    files: BTreeMap<String, String>,
}

impl Source {
    /// Reads every file below `root`, except build output and hidden directories.
    ///
    /// # Errors
    ///
    /// When a directory or a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut source = Self::default();
        source.add_directory(root, "")?;
        Ok(source)
    }

    /// Creates a source from pairs of path and text.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self {
            files: files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }

    /// Adds a file or replaces its text.
    pub fn insert(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    fn add_directory(&mut self, directory: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    self.add_directory(&entry.path(), &format!("{path}/"))?;
                }
            } else {
                let is_text = ["rs", "toml", "md", "txt"].contains(&extension(&name));
                let text = if is_text {
                    fs::read_to_string(entry.path())?
                } else {
                    String::new()
                };
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    /// Returns the text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Returns the paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

/// Returns the extension of a path, or an empty string.
pub(crate) fn extension(path: &str) -> &str {
    let extension = Path::new(path)
        .extension()
        .and_then(std::ffi::OsStr::to_str);
    extension.unwrap_or_default()
}
