//! Compiles the tests, without the mutants that do not compile.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::rewrite::Source;

/// Writes the files and compiles the tests, until no error is left. Removes the mutants that do not compile from `wanted`, and returns
/// them beside the path of the test program.
pub(crate) fn until_it_compiles(
    package: &Path,
    sources: &[Source],
    wanted: &mut BTreeSet<usize>,
) -> Result<(PathBuf, BTreeSet<usize>), String> {
    let mut unviable = BTreeSet::new();
    loop {
        for source in sources {
            source.write(wanted)?;
        }
        let output = Command::new("cargo")
            .args(["test", "--lib", "--no-run", "--message-format=json"])
            .current_dir(package)
            .env("RUSTFLAGS", "--cap-lints=allow")
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let program = messages
            .iter()
            .rev()
            .find_map(|message| message["executable"].as_str());
        if let (true, Some(program)) = (output.status.success(), program) {
            return Ok((PathBuf::from(program), unviable));
        }
        let mut removed = 0;
        for message in messages
            .iter()
            .map(|message| &message["message"])
            .filter(|message| message["level"] == "error")
        {
            let spans = message["spans"].as_array().into_iter().flatten();
            for span in spans.filter(|span| span["is_primary"] == true) {
                for number in at_error(package, sources, span)? {
                    removed += usize::from(wanted.remove(&number));
                    unviable.insert(number);
                }
            }
        }
        eprintln!("mutants: {removed} do not compile");
        if removed == 0 {
            let rendered: String = messages
                .iter()
                .filter_map(|message| message["message"]["rendered"].as_str())
                .collect();
            return Err(format!(
                "the library does not compile:\n{rendered}{}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
}

/// Returns the mutants of the place at which the compiler has found an error: those that are named nearest above it.
fn at_error(package: &Path, sources: &[Source], span: &Value) -> Result<Vec<usize>, String> {
    let (Some(name), Some(line)) = (span["file_name"].as_str(), span["line_start"].as_u64()) else {
        return Ok(Vec::new());
    };
    let Some(source) = sources
        .iter()
        .find(|source| source.path.ends_with(name) || package.join(name) == source.path)
    else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(&source.path)
        .map_err(|error| format!("{}: {error}", source.path.display()))?;
    let lines: Vec<&str> = text.lines().collect();
    let above = lines[..usize::try_from(line).unwrap_or(0).min(lines.len())]
        .iter()
        .rev();
    Ok(above
        .filter_map(|line| {
            if let Some(number) = number_behind(line, "crate::mutant(") {
                return Some(vec![number]);
            }
            Some(source.of_one_place(number_behind(line, "crate::operator(")?))
        })
        .next()
        .unwrap_or_default())
}

fn number_behind(line: &str, call: &str) -> Option<usize> {
    let rest = &line[line.rfind(call)? + call.len()..];
    let end = rest
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
