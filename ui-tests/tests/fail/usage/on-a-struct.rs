use telemetry_runtime::session_usage;

#[session_usage(model = "gpt-5-mini")]
struct Answer {
    text: String,
}

fn main() {
    println!("{}", Answer { text: String::new() }.text);
}
