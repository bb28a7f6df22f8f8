use telemetry_runtime::telemetry_event;

fn main() {
    let user = ("ada",);
    telemetry_event!("history.task", "hello {user.0}");
    println!("{user:?}");
}
