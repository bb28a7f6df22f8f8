use telemetry_runtime::Session;

fn main() {
    let id = String::from("018f2b1e");
    println!("{:?}", Session::resume_or_start(id));
}
