//! Sorting that is compiled once for all types, for lists whose order costs little beside what is done with them.
//!
//! The standard library compiles its sorts again for each type and each comparison, with some 10 kB of code each time. These
//! functions sort the indices, with the comparison behind a pointer.

use std::cmp::Ordering;

/// Sorts a list. Equal values keep their order.
pub fn sort_by<T>(values: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = sorted(values.len(), &|left, right| {
        compare(&values[left], &values[right])
    });
    reorder(order, &mut |left, right| values.swap(left, right));
}

/// Sorts a list by a key that is computed for each comparison. Values with equal keys keep their order.
pub fn sort_by_key<T, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(values, |left, right| key(left).cmp(&key(right)));
}

/// Sorts a list. Equal values keep their order.
pub fn sort<T: Ord>(values: &mut [T]) {
    sort_by(values, T::cmp);
}

/// Returns the index of each value in the order of the values.
fn sorted(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

/// Moves the value of each index to its place, cycle by cycle.
fn reorder(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{sort, sort_by, sort_by_key};

    proptest! {
        #[test]
        fn the_order_is_that_of_the_standard_library(
            values in prop::collection::vec((0_u8..8, any::<u16>()), 0..200),
        ) {
            let mut expected = values.clone();
            expected.sort_by_key(|value| std::cmp::Reverse(value.0));
            let mut sorted = values.clone();
            sort_by(&mut sorted, |left, right| right.0.cmp(&left.0));
            prop_assert_eq!(&sorted, &expected);

            expected.sort_by_key(|value| value.1);
            sort_by_key(&mut sorted, |value| value.1);
            prop_assert_eq!(&sorted, &expected);

            expected.sort_unstable();
            sort(&mut sorted);
            prop_assert_eq!(&sorted, &expected);
        }
    }
}
