#![deny(warnings)]
use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain() -> u8 {
    let also_unused = 1;
    let mut never_changed = 2;
    return never_changed;
    println!("unreachable");
}

#[telemetry_span("a.result")]
fn result(unused: String) -> Result<u8, String> {
    let also_unused = 1;
    let mut never_changed = 2;
    Result::<u8, String>::Ok(1);
    Ok(never_changed)
}

#[telemetry_span("a.async")]
async fn future(unused: String) -> Result<u8, String> {
    let also_unused = 1;
    let mut never_changed = 2;
    result(String::new());
    Ok(never_changed)
}

#[telemetry_span("a.dead")]
fn dead() {}

#[telemetry_span("a.deprecated")]
#[deprecated]
fn old() -> Result<u8, String> {
    Ok(1)
}

fn main() {
    plain();
    drop(old());
    drop(future(String::new()));
}
