#![deny(warnings)]
use telemetry_runtime::telemetry_span;

#[telemetry_span("a.unsafe")]
unsafe fn first(bytes: *const u8) -> u8 {
    // SAFETY: the caller guarantees it.
    unsafe { *bytes }
}

#[telemetry_span("a.unsafe.result", err)]
unsafe fn try_first(bytes: *const u8) -> Result<u8, String> {
    if bytes.is_null() {
        return Err("null".to_owned());
    }
    // SAFETY: the caller guarantees it.
    Ok(unsafe { *bytes })
}

#[telemetry_span("a.unsafe.async")]
async unsafe fn later(bytes: *const u8) -> Result<u8, String> {
    // SAFETY: the caller guarantees it.
    Ok(unsafe { *bytes })
}

#[telemetry_span("a.foreign")]
extern "C" fn foreign(n: i32) -> i32 {
    n + 1
}

#[telemetry_span("a.foreign.unsafe")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn telemetry_ui_test_foreign(n: i32) -> i32 {
    n + 1
}

#[telemetry_span("a.never")]
fn never() -> ! {
    panic!("as it should")
}

#[telemetry_span("a.never.statement")]
fn never_statement() -> ! {
    std::panic::resume_unwind(Box::new(1));
}

fn main() {
    let byte = 3;
    // SAFETY: the pointer is that of a byte.
    unsafe {
        assert_eq!(first(&raw const byte), 3);
        assert_eq!(try_first(&raw const byte), Ok(3));
        assert!(try_first(std::ptr::null()).is_err());
        drop(later(&raw const byte));
        assert_eq!(telemetry_ui_test_foreign(1), 2);
    }
    assert_eq!(foreign(1), 2);
    std::panic::set_hook(Box::new(|_| {}));
    assert!(std::panic::catch_unwind(|| never()).is_err());
    assert!(std::panic::catch_unwind(|| never_statement()).is_err());
}
