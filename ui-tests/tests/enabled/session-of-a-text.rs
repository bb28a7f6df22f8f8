use telemetry_runtime::Session;

fn main() {
    let session = Session::resume("018f2b1e");
    println!("{session:?}");
}
