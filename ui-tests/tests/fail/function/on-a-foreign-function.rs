use telemetry_runtime::telemetry_span;

unsafe extern "C" {
    #[telemetry_span("status.pid")]
    safe fn getpid() -> i32;
}

fn main() {
    println!("{}", getpid());
}
