//! The block of a scope may be a fragment of a macro.

use telemetry_runtime::telemetry_scope;

macro_rules! parse {
    ($block:block) => {
        telemetry_scope!("model.parse", $block)
    };
    ($key:ident, $value:expr, $block:block) => {
        telemetry_scope!("model.parse", $key = $value, $block)
    };
    ($name:literal, $key:ident, $block:block) => {
        telemetry_scope!($name, $key, $block)
    };
}

fn main() {
    let n = 2;
    assert_eq!(parse!({ 3 }), 3);
    assert_eq!(parse!(bytes, n + 1, { 4 }), 4);
    assert_eq!(parse!("model.read", n, { 5 }), 5);
}
