//! Reading of a log directory, with validation of every line against its JSON Schema.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::root;

/// The lines of a log directory, in the order of the file names.
#[derive(Debug, Default)]
pub struct Logs {
    /// Lines of debug logs and further JSONL logs, which have a `type`.
    pub debug: Vec<Value>,
    /// Lines of the session log, which have no `type`.
    pub session: Vec<Value>,
    /// Lines of text logs.
    pub text: Vec<String>,
    /// The paths of all files.
    pub files: Vec<PathBuf>,
}

impl Logs {
    /// Reads and validates every log below a directory. A missing directory has no logs.
    ///
    /// # Panics
    ///
    /// When a line does not match its schema, or when a file cannot be read.
    pub fn read(directory: &Path) -> Self {
        let mut logs = Self::default();
        logs.add_directory(directory);
        logs
    }

    fn add_directory(&mut self, directory: &Path) {
        let mut paths: Vec<PathBuf> = match fs::read_dir(directory) {
            Ok(entries) => entries
                .map(|entry| entry.expect("an entry").path())
                .collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => panic!("{}: {error}", directory.display()),
        };
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.add_directory(&path);
            } else if let Some(extension @ ("jsonl" | "log")) =
                path.extension().and_then(|extension| extension.to_str())
            {
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                self.add_file(&path, extension, &text);
                self.files.push(path);
            }
        }
    }

    fn add_file(&mut self, path: &Path, extension: &str, text: &str) {
        if extension == "log" {
            self.text.extend(text.lines().map(str::to_owned));
            return;
        }
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "{}: the last line does not end with a newline",
            path.display()
        );
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            let record: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{place}: {error}: {line}"));
            check(&place, &record);
            if record.get("type").is_some() {
                self.debug.push(record);
            } else {
                self.session.push(record);
            }
        }
    }

    /// Returns the spans with a name.
    pub fn spans<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.debug
            .iter()
            .filter(move |line| line["type"] == "span" && line["name"] == name)
    }
}

/// Validates a record against the schema of its type.
///
/// # Panics
///
/// When the record does not match, or when its type has no schema. The message begins with `place`.
pub fn check(place: &str, record: &Value) {
    let name = match record.get("type") {
        Some(kind) => kind
            .as_str()
            .unwrap_or_else(|| panic!("{place}: `type` is {kind}; expected a string")),
        None => "session",
    };
    let schema = schemas()
        .get(name)
        .unwrap_or_else(|| panic!("{place}: docs/schema has no schema for `{name}`"));
    let wrong: Vec<String> = schema
        .iter_errors(record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{place}: {}\n{record}", wrong.join("; "));
}

/// Returns the schemas of `docs/schema` by the type of their records.
fn schemas() -> &'static BTreeMap<String, Validator> {
    static SCHEMAS: OnceLock<BTreeMap<String, Validator>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let directory = root().join("docs/schema");
        let entries = fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        entries
            .map(|entry| entry.expect("an entry").path())
            .filter_map(|path| {
                let name = path
                    .file_name()?
                    .to_str()?
                    .strip_suffix(".schema.json")?
                    .to_owned();
                let text = fs::read_to_string(&path).expect("a schema");
                let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
                let validator = jsonschema::options()
                    .should_validate_formats(true)
                    .build(&schema)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                Some((name, validator))
            })
            .collect()
    })
}
