use telemetry_runtime::record;

fn main() {
    let login = ("ada", "password");
    let password = login.1;
    record!(value = password);
    println!("{password}");
}
