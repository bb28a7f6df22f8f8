use telemetry_runtime::telemetry_event;

fn main() {
    let password = "";
    telemetry_event!("onboarding.login", ?password);
}
