//! An allocator that counts the allocations of a thread on request.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// The number of allocations; `None` while this thread is not counted.
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The system's allocator with a counter. A program declares it as its `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// Runs `work` and returns the number of allocations and reallocations of this thread.
pub fn count(work: impl FnOnce()) -> u64 {
    COUNT.set(Some(0));
    work();
    COUNT.take().unwrap_or(0)
}

fn seen() {
    // Allocations after the destruction of the thread-local, at the end of a thread, are not
    // counted.
    let _ = COUNT.try_with(|count| count.set(count.get().map(|count| count + 1)));
}

// SAFETY: every call is passed on to the system's allocator unchanged. Counting does not allocate,
// since the thread-local has no initializer and no destructor, and does not unwind.
#[expect(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        seen();
        // SAFETY: the caller upholds the contract of this method, which is that of the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        seen();
        // SAFETY: the caller upholds the contract of this method, which is that of the system's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        seen();
        // SAFETY: the caller upholds the contract of this method, which is that of the system's.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract of this method, which is that of the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}
