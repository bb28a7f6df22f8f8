use telemetry_runtime::telemetry_span;

#[telemetry_span("naked.entry")]
#[unsafe(naked)]
extern "C" fn entry() {
    core::arch::naked_asm!("ret")
}

fn main() {
    entry();
}
