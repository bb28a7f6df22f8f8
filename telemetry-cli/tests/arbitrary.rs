//! Every command of the library reads logs of arbitrary lines, some of them records. The fuzz targets do so
//! for hours, this test for a second.

mod home;

use home::Home;
use proptest::prelude::*;
use telemetry_cli::export::{ExportSource, chrome, csv, folded, otlp};
use telemetry_cli::home::Homes;
use telemetry_cli::selection::SpanFilter;
use telemetry_cli::skipped_lines::SkippedLines;
use telemetry_cli::spans::{TreeScope, launches, top, trees};
use telemetry_cli::tail::{LineFilter, LogLine, each_line, existing, last_lines};

fn line() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![0..6_u64, any::<u64>()];
    let span = (number.clone(), number.clone(), number, ".{0,8}").prop_map(|(id, parent, nanos, name)| {
        let name = serde_json::to_string(&name).unwrap();
        format!("{{\"ts\":\"2020-11-22T18:54:00.{:06}Z\",\"type\":\"span\",\"name\":{name},\"id\":{id},\"parent\":{parent},\"dur_ns\":{nanos},\"outcome\":\"x\",\"fields\":{{{name}:[{name}]}}}}", id % 1_000_000).into_bytes()
    });
    let request = (any::<u64>(), any::<u64>()).prop_map(|(tokens, millis)| {
        format!("{{\"ts\":\"9999-12-31T23:59:59Z\",\"session_id\":\"\",\"total_tokens\":{tokens},\"prompt_tokens\":{tokens},\"latency_ms\":{millis},\"cost_usd\":-1e9}}").into_bytes()
    });
    prop_oneof![4 => span, 1 => request, 1 => prop::collection::vec(any::<u8>(), 0..40)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn commands_read_arbitrary_logs(lines in prop::collection::vec(line(), 0..40)) {
        let home = Home::empty();
        let log = lines.join(&b'\n');
        for name in ["20201122T185400Z-1.jsonl", "20201122T185400Z-1.1.jsonl", "codex-litellm-session.jsonl", "codex-tui.log"] {
            home.write(name, &log);
        }
        let homes = Homes::find_quietly(&[home.path().as_os_str().to_owned()]).unwrap();
        let mut skips = SkippedLines::default();
        let filter = SpanFilter::default();
        let launches = launches(&homes, &filter.period).unwrap();
        for (_, row) in top(&launches, &filter, &mut skips).unwrap().rows() {
            prop_assert!(row.self_ns <= row.total_ns && row.errors <= row.count);
        }
        for (_, forest) in &trees(&launches, &filter, TreeScope::All, &mut skips).unwrap().launches {
            let drawn = forest.roots.iter().flat_map(|root| forest.walk(*root)).count();
            prop_assert!(drawn <= forest.nodes.len());
        }
        let source = ExportSource { homes: &homes, filter };
        let mut out = Vec::new();
        chrome::write(&source, &mut skips, &mut out).unwrap();
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
        folded::write(&source, &mut skips, &mut out).unwrap();
        otlp::write(&source, &mut skips, &mut out).unwrap();
        csv::write_spans(&source, &mut skips, &mut out).unwrap();
        csv::write_usage(&source, &mut skips, &mut out).unwrap();
        let wanted = LineFilter::default();
        let files = existing::open_files(&homes, &wanted, false).unwrap();
        for line in last_lines(&files, &wanted, 100, &mut skips).unwrap() {
            prop_assert!(LogLine::of(&line.line, files[line.file].listed.kind, line.time).is_ok());
        }
        each_line(&files, &wanted, &mut skips, |_| Ok(())).unwrap();
    }
}
