//! The classes of bytes in the vector instructions of x86-64. Compared with the portable form, of which the compiler makes
//! vector instructions as well, they halve the instructions of this part.

#![expect(
    unsafe_code,
    clippy::inline_always,
    reason = "instructions that only some processors have, compiled into the loop over the blocks"
)]

use super::classes::{BLOCK, Classes, Places, Work};

/// The form with vectors of 32 bytes. A value of this type exists only while code runs for a processor that has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Wide(());

impl Classes for Wide {
    #[inline(always)]
    fn places(self, block: &[u8; BLOCK]) -> Places {
        // SAFETY: only `run` makes a value of this type, where the processor has AVX2.
        unsafe { thirty_two::places(block) }
    }
}

/// Does work compiled for AVX2, where the processor supports it; `None` elsewhere.
#[inline]
pub(super) fn run<W: Work>(work: W) -> Option<W::Result> {
    #[target_feature(enable = "avx2,bmi1")]
    fn featured<W: Work>(work: W) -> W::Result {
        work.work(Wide(()))
    }
    let has_all = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1");
    // SAFETY: the processor has the features of the function.
    has_all.then(|| unsafe { featured(work) })
}

/// Returns the places of a block by the instructions that each processor has.
#[inline]
pub(super) fn common(block: &[u8; BLOCK]) -> Places {
    // SAFETY: every processor of this architecture has SSE2.
    unsafe { sixteen::places(block) }
}

/// Vectors of 16 bytes, which each processor has.
mod sixteen {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi8, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set_epi64x, _mm_set1_epi8,
    };

    use super::super::classes::{BLOCK, CASE, MARKS, Places, TO_TILDE};
    use super::super::decode::ESCAPE;

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn places(block: &[u8; BLOCK]) -> Places {
        let mut places = Places::default();
        for (index, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
            let bytes = load(bytes);
            let shift = 16 * index;
            places.words |= bits(words(bytes)) << shift;
            places.parts |= bits(_mm_cmpgt_epi8(bytes, each(b'$'))) << shift;
            places.marks |= bits(marks(bytes)) << shift;
        }
        places
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(bytes: &[u8; 16]) -> __m128i {
        let halves = bytes.as_chunks::<8>().0;
        _mm_set_epi64x(i64::from_le_bytes(halves[1]), i64::from_le_bytes(halves[0]))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn each(byte: u8) -> __m128i {
        _mm_set1_epi8(byte.cast_signed())
    }

    /// Returns which bytes are one of `count` bytes from `first` on. The instruction compares signed numbers, of which
    /// these become the largest.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn within(bytes: __m128i, first: u8, count: u8) -> __m128i {
        const LARGEST: u8 = 0x7f;
        let last = first + count - 1;
        _mm_cmpgt_epi8(
            _mm_add_epi8(bytes, each(LARGEST.wrapping_sub(last))),
            each(LARGEST - count),
        )
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn words(bytes: __m128i) -> __m128i {
        let letters = within(_mm_or_si128(bytes, each(CASE)), b'a', 26);
        _mm_or_si128(letters, within(bytes, b'0', 10))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn marks(bytes: __m128i) -> __m128i {
        let tilde = _mm_cmpeq_epi8(_mm_or_si128(bytes, each(TO_TILDE)), each(b'~'));
        let line = _mm_cmpeq_epi8(bytes, each(b'_'));
        let escape = _mm_cmpeq_epi8(bytes, each(ESCAPE));
        let mut marks = _mm_or_si128(_mm_or_si128(tilde, line), escape);
        for (first, count) in MARKS {
            marks = _mm_or_si128(marks, within(bytes, first, count));
        }
        marks
    }

    /// Returns a bit for each byte.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn bits(bytes: __m128i) -> u64 {
        u64::from(_mm_movemask_epi8(bytes).cast_unsigned())
    }
}

/// Vectors of 32 bytes, which processors with AVX2 have.
mod thirty_two {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi8,
    };

    use super::super::classes::{BLOCK, CASE, MARKS, Places, TO_TILDE};
    use super::super::decode::ESCAPE;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn places(block: &[u8; BLOCK]) -> Places {
        let mut places = Places::default();
        for (index, bytes) in block.as_chunks::<32>().0.iter().enumerate() {
            let bytes = load(bytes);
            let shift = 32 * index;
            places.words |= bits(words(bytes)) << shift;
            places.parts |= bits(_mm256_cmpgt_epi8(bytes, each(b'$'))) << shift;
            places.marks |= bits(marks(bytes)) << shift;
        }
        places
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        let quarters = bytes.as_chunks::<8>().0;
        _mm256_set_epi64x(
            i64::from_le_bytes(quarters[3]),
            i64::from_le_bytes(quarters[2]),
            i64::from_le_bytes(quarters[1]),
            i64::from_le_bytes(quarters[0]),
        )
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn each(byte: u8) -> __m256i {
        _mm256_set1_epi8(byte.cast_signed())
    }

    /// Returns which bytes are one of `count` bytes from `first` on. The instruction compares signed numbers, of which
    /// these become the largest.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn within(bytes: __m256i, first: u8, count: u8) -> __m256i {
        const LARGEST: u8 = 0x7f;
        let last = first + count - 1;
        _mm256_cmpgt_epi8(
            _mm256_add_epi8(bytes, each(LARGEST.wrapping_sub(last))),
            each(LARGEST - count),
        )
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn words(bytes: __m256i) -> __m256i {
        let letters = within(_mm256_or_si256(bytes, each(CASE)), b'a', 26);
        _mm256_or_si256(letters, within(bytes, b'0', 10))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn marks(bytes: __m256i) -> __m256i {
        let tilde = _mm256_cmpeq_epi8(_mm256_or_si256(bytes, each(TO_TILDE)), each(b'~'));
        let line = _mm256_cmpeq_epi8(bytes, each(b'_'));
        let escape = _mm256_cmpeq_epi8(bytes, each(ESCAPE));
        let mut marks = _mm256_or_si256(_mm256_or_si256(tilde, line), escape);
        for (first, count) in MARKS {
            marks = _mm256_or_si256(marks, within(bytes, first, count));
        }
        marks
    }

    /// Returns a bit for each byte.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(bytes: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(bytes).cast_unsigned())
    }
}
