#![deny(warnings)]
use telemetry_runtime::telemetry_scope;

fn parse(text: &str, api_key: &str) -> Result<u32, std::num::ParseIntError> {
    let parsed = telemetry_scope!(
        "model.parse",
        bytes = text.len(),
        level = "debug",
        api_key = redacted(api_key),
        { text.parse::<u32>()? }
    );
    telemetry_scope!("model.empty", {});
    for number in 0..parsed {
        telemetry_scope!("model.step", number, {
            if number == 2 {
                break;
            }
        });
    }
    telemetry_scope!("model.value", { Ok(parsed) })
}

async fn wait(text: &str) -> usize {
    let mut waited = 0;
    let text = text.to_owned();
    let length = telemetry_scope!("model.wait", bytes = text.len(), async {
        waited += std::future::ready(1).await;
        text.len()
    })
    .await;
    let moved = telemetry_scope!("model.moved", async move {
        std::future::ready(()).await;
        text.len()
    });
    length + moved.await + waited
}

/// The future of a scope is `Send`, and the span of a block ends before the next `.await`.
async fn between() {
    telemetry_scope!("model.block", { drop(async { std::future::ready(1).await }) });
    wait("ab").await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    assert_eq!(parse("3", ""), Ok(3));
    assert!(parse("x", "").is_err());
    assert_eq!(futures_util::FutureExt::now_or_never(wait("ab")), Some(5));
    drop(is_send(between()));
}
