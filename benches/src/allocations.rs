//! An allocator that counts, for one thread at a time, while it is asked to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// `None`: this thread is not counted.
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The system's allocator. A program declares it as its `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// How often this thread asks for memory, or for more of it, while `work` runs.
pub fn count(work: impl FnOnce()) -> u64 {
    COUNT.set(Some(0));
    work();
    COUNT.take().unwrap_or(0)
}

fn seen() {
    // At the end of a thread its locals are gone, and allocations are nobody's.
    let _ = COUNT.try_with(|count| count.set(count.get().map(|count| count + 1)));
}

// SAFETY: every call goes to the system's allocator as it came; counting neither allocates, since
// the thread-local needs no initialiser and no destructor, nor unwinds.
#[allow(unsafe_code)] // There is no safe way to watch the allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        seen();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        seen();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        seen();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}
