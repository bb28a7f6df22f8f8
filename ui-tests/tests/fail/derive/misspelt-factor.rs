use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    #[usage(audio_input_token)]
    audio: u64,
}

fn main() {
    println!("{}", Answer { audio: 1 }.audio);
}
