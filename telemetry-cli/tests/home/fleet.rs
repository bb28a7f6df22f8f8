//! Logs of an agent that made many requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Home;

/// The name of the debug log.
pub(crate) const DEBUG_LOG: &str = "20201122T185400Z-4242.jsonl";
/// The name of the session log.
pub(crate) const SESSION_LOG: &str = "codex-litellm-session.jsonl";
/// The id of the launch.
const LAUNCH: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const SESSION: &str = "019ab2b1-7c3a-7def-8123-000000000001";
const MODELS: [&str; 3] = ["gpt", "claude", "vercel/deepseek-v3.2"];

/// Log lines and their sums.
#[derive(Default)]
pub(crate) struct Fleet {
    pub(crate) debug: Vec<String>,
    pub(crate) session: Vec<String>,
    /// Prompt tokens, completion tokens and nano-dollars by model.
    pub(crate) totals: BTreeMap<&'static str, (u64, u64, i64)>,
    /// The number of spans in an export.
    pub(crate) spans: usize,
    pub(crate) events: usize,
}

/// Mixes as the runtime does.
fn mix(number: u64, key: u64) -> u64 {
    let mut bits = number ^ key;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns the id of a span.
pub(crate) fn span_id(number: u64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is the key")]
    let key = LAUNCH as u64;
    format!("{:016x}", mix(number, key).max(1))
}

fn trace_id(root: u64) -> String {
    let key = (LAUNCH >> 64) as u64;
    format!("{:016x}{}", mix(root, key), span_id(root))
}

impl Fleet {
    /// Returns the logs of `turns` turns. Each turn is a span with a request below it and an event. Every fourth request has
    /// no span in the debug log; every eighth is a retry; every tenth grows later.
    pub(crate) fn of(turns: u64) -> Self {
        let mut fleet = Self::default();
        fleet.debug.push(format!(
            "{{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"type\":\"header\",\"v\":1,\"pid\":4242,\"app\":\"agent\",\"app_version\":\"1.2\",\
             \"session_id\":\"{SESSION}\",\"os\":\"linux\",\"arch\":\"x86_64\",\"launch_id\":\"{LAUNCH:032x}\"}}"
        ));
        for turn in 0..turns {
            fleet.turn(turn);
        }
        fleet
    }

    fn turn(&mut self, turn: u64) {
        let (root, request) = (turn * 2 + 1, turn * 2 + 2);
        let ts = |millis: u64| {
            let all = turn * 100 + millis;
            format!(
                "2020-11-22T{:02}:{:02}:{:02}.{:03}000Z",
                19 + all / 3_600_000,
                all / 60_000 % 60,
                all / 1000 % 60,
                all % 1000
            )
        };
        let model = MODELS[usize::try_from(turn % 3).unwrap()];
        let (prompt, completion, nanos) = (1000 + turn, 10 + turn % 7, 1_000_003 + turn);
        let ids = format!(
            "\"trace_id\":\"{}\",\"span_id\":\"{}\"",
            trace_id(root),
            span_id(request)
        );
        let mut line = format!(
            "{{\"ts\":\"{}\",\"v\":1,\"session_id\":\"{SESSION}\",\"turn\":{turn},\"request_id\":\"r{turn}\",\"model\":\"{model}\",\
             \"prompt_tokens\":{prompt},\"completion_tokens\":{completion},\"total_tokens\":{}",
            ts(10),
            prompt + completion
        );
        if turn % 8 == 7 {
            line.push_str(",\"attempt\":2,\"retry_cause\":\"429\"");
        }
        write!(
            line,
            ",\"latency_ms\":50,\"cost_usd\":0.{nanos:09},\"cost_source\":\"response_body\",{ids},\"parent_span_id\":\"{}\"}}",
            span_id(root)
        )
        .unwrap();
        self.session.push(line);
        let totals = self.totals.entry(model).or_default();
        totals.0 += prompt;
        totals.1 += completion;
        totals.2 += i64::try_from(nanos).unwrap();
        self.spans += 2;
        if turn % 10 == 9 {
            self.session.push(format!(
                "{{\"ts\":\"{}\",\"v\":1,\"session_id\":\"{SESSION}\",\"request_id\":\"r{turn}\",\"model\":\"{model}\",\
                 \"completion_tokens\":5,\"total_tokens\":5,\"cost_usd\":0.000000007,\"amends\":true,{ids}}}",
                ts(70)
            ));
            totals.1 += 5;
            totals.2 += 7;
            self.spans += 1;
        }
        if turn % 4 != 3 {
            self.debug.push(format!(
                "{{\"ts\":\"{}\",\"type\":\"span\",\"name\":\"model.request\",\"id\":{request},\"parent\":{root},\"dur_ns\":50000000,\
                 \"trace_id\":\"{}\",\"span_id\":\"{}\",\"session_id\":\"{SESSION}\",\"fields\":{{\"n\":{turn}}}}}",
                ts(10),
                trace_id(root),
                span_id(request)
            ));
        }
        self.debug.push(format!(
            "{{\"ts\":\"{}\",\"type\":\"event\",\"name\":\"history.task_complete\",\"parent\":{root},\"session_id\":\"{SESSION}\"}}",
            ts(80)
        ));
        self.events += 1;
        self.debug.push(format!(
            "{{\"ts\":\"{}\",\"type\":\"span\",\"name\":\"agent.turn\",\"id\":{root},\"dur_ns\":90000000,\"trace_id\":\"{}\",\
             \"span_id\":\"{}\",\"session_id\":\"{SESSION}\"}}",
            ts(0),
            trace_id(root),
            span_id(root)
        ));
    }

    /// Writes the logs.
    pub(crate) fn home(&self) -> Home {
        let home = Home::empty();
        home.write(DEBUG_LOG, self.debug.join("\n") + "\n");
        home.write(SESSION_LOG, self.session.join("\n") + "\n");
        home
    }
}
