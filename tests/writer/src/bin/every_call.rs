//! `every_call HOME`: calls every public function with extreme arguments, whatever the system clock shows. Ends with exit code
//! 1 if anything panicked, also where the runtime contained the panic.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use telemetry_runtime::{
    Config, CostSource, ErrorClass, Session, SessionId, SpanContext, Telemetry, Usage, note_usage,
    record, record_usage, session_usage, telemetry_event, telemetry_span,
};

static PANICS: AtomicU32 = AtomicU32::new(0);

/// Texts at the limits: empty, control characters, longer than a line, cut within a character.
fn texts() -> [String; 5] {
    [
        String::new(),
        "\u{0}\u{1b}]0;\u{7}\u{202e}\u{9b}".to_owned(),
        "\u{1f980}".repeat(20_000),
        "sk-".repeat(500),
        "\"\\\n\r\t".repeat(500),
    ]
}

#[telemetry_span("extreme.span", fields(text, number, float, least))]
fn span(text: &str, number: u64, float: f64, least: i128) {
    record!(late = text, largest = u128::MAX);
    telemetry_event!("extreme.event", text, number, float);
    std::hint::black_box((text, number, float, least));
}

#[session_usage(model = "m", attempt = u32::MAX)]
fn request(usage: Usage) -> Usage {
    note_usage(usage.clone());
    usage
}

fn usages() -> Vec<Usage> {
    let mut usages = Vec::new();
    for (count, cost) in [(0, 0), (u64::MAX, i64::MAX), (1, i64::MIN)] {
        for text in texts() {
            let mut usage = Usage::default();
            usage.prompt_tokens = Some(count);
            usage.cached_tokens = Some(u64::MAX);
            usage.cache_write_tokens = Some(count);
            usage.completion_tokens = Some(count);
            usage.reasoning_tokens = Some(u64::MAX);
            usage.total_tokens = Some(count);
            usage.cost_nanos = Some(cost);
            usage.cost_source = Some(CostSource::ResponseBody);
            usage.request_id = Some(text.clone());
            usage.model = Some(text.clone());
            let headers = [
                ("x-litellm-response-cost", text.as_str()),
                ("x-litellm-attempted-retries", "-1"),
            ];
            usages.push(usage.or(Usage::default()).with_headers(headers));
        }
    }
    usages
}

fn sessions() {
    let session = Session::start();
    session.bind();
    let child = session.child();
    drop(Session::child_of(child.id()));
    let detached = Session::detached();
    for id in [[0; 16], [0xff; 16]].map(SessionId::from_bytes) {
        drop(Session::resume(id));
        drop(Session::resume_or_start(id));
        drop(Session::snapshot_of(id));
    }
    for text in texts() {
        drop(Session::find(&text));
        drop(text.parse::<SessionId>());
        std::hint::black_box(ErrorClass::of(u16::MAX, Some(&text), Some(&text), &text));
        span(&text, u64::MAX, f64::NAN, i128::MIN);
    }
    let guard = child.enter();
    for usage in usages() {
        record_usage(&usage);
        drop(request(usage));
    }
    drop(guard);
    let watch = session.watch();
    drop(watch);
    for session in [&session, &child, &detached] {
        let snapshot = session.snapshot();
        std::hint::black_box((
            snapshot.to_string(),
            format!("{snapshot:?}"),
            session.parent(),
        ));
    }
    let context = SpanContext::current();
    let attached = context.attach();
    span("attached", 0, f64::NEG_INFINITY, i128::MAX);
    drop(attached);
    std::hint::black_box(Session::current().map(|session| session.id()));
}

fn control(telemetry: &Telemetry, home: &Path) {
    std::hint::black_box((
        telemetry.health(),
        telemetry.files(),
        telemetry.is_enabled(),
    ));
    telemetry.flush(Duration::ZERO);
    telemetry.set_enabled(false);
    sessions();
    telemetry.set_enabled(true);
    telemetry.on_spend_limit(0.0, |_| ());
    telemetry.on_spend_limit(f64::NAN, |_| ());
    telemetry.reconfigure(Config::load_or_default(home, None));
    telemetry.flush(Duration::MAX);
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        eprintln!("{panic}");
    }));
    let home = std::env::args().nth(1).expect("home");
    let home = Path::new(&home);
    // Without a configuration, telemetry is off.
    sessions();
    let config = Config::load_or_default(home, None).with_app("", "");
    std::hint::black_box((
        config.explain(),
        config.log_files(),
        config.warnings().len(),
    ));
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    sessions();
    control(&telemetry, home);
    sessions();
    drop(telemetry);
    sessions();
    let panics = PANICS.load(Ordering::Relaxed);
    println!("{panics} panics");
    std::process::exit(i32::from(panics > 0));
}
