use telemetry_runtime::telemetry_scope;

async fn ask() -> u8 {
    telemetry_scope!("model.wait", { std::future::ready(3).await })
}

fn main() {
    drop(ask());
}
