use telemetry_runtime::session_usage;

#[session_usage]
#[unsafe(naked)]
extern "C" fn entry() {
    core::arch::naked_asm!("ret")
}

fn main() {
    entry();
}
