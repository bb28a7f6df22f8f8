//! A handler that is given the usage as an argument, and a type of the host that states it:
//!
//!     cargo run -p telemetry-runtime --features enabled --example handler
//!
//! The program prints what `/status` shows:
//!
//! ```text
//! Session    …
//! Directory  …
//! Model      gpt-5-mini (high)
//! Tokens     3,200 total
//!   input    2,500 (1,600 cached)
//!   output   700
//! Cache hits 64.0% of 2,500 input tokens
//! Requests   2 requests
//! Cost       unknown (2 requests unpriced)
//! API time   …
//!
//! Model       Requests  Failed  Input  Cached  Output  Reasoning  Total      Cost
//! gpt-5-mini         2       0  2,500   1,600     700          0  3,200  unpriced
//! ```

use std::error::Error;

use telemetry_runtime::{Config, Session, UsageSource, session_usage};

/// The words in `usage(…)` say which count a field is.
#[derive(UsageSource)]
struct TokenCount {
    #[usage(request_id)]
    response_id: String,
    #[usage(prompt_tokens)]
    input: u64,
    #[usage(cached_tokens)]
    cached_input: u64,
    #[usage(completion_tokens)]
    output: u64,
}

struct ChatWidget {
    model: String,
    context_tokens: u64,
}

impl ChatWidget {
    /// The expression is evaluated at entry. A second event of one request is the same request.
    #[session_usage(usage = info, model = self.model, effort = "high")]
    fn on_token_count(&mut self, info: &TokenCount) {
        self.context_tokens = info.input + info.output;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let _telemetry = telemetry_runtime::init(config)?;
    let session = Session::start();
    let mut widget = ChatWidget {
        model: "gpt-5-mini".to_owned(),
        context_tokens: 0,
    };

    for (id, input, output) in [
        ("resp-1", 1_000, 200),
        ("resp-2", 1_500, 500),
        ("resp-2", 1_500, 500),
    ] {
        let response_id = id.to_owned();
        widget.on_token_count(&TokenCount {
            response_id,
            input,
            cached_input: 800,
            output,
        });
    }

    println!("{}", session.snapshot());
    assert_eq!(session.snapshot().totals.answered, 2);
    assert_eq!(widget.context_tokens, 2_000);
    Ok(())
}
