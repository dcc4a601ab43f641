//! Which entry an item has in a unit: a hash table of a few kilobytes, so that looking up stays in a core's L1.

/// Stands in an empty slot; no item has this number.
const EMPTY: u64 = u64::MAX;

/// Items of one unit, numbered in the order of first use. Open addressing with linear probing.
#[derive(Debug, Clone, Default)]
pub struct EntryTable {
    /// Item in the upper half, its entry in the lower.
    slots: Vec<u64>,
    /// 32 - log2 of the number of slots.
    shift: u32,
}

impl EntryTable {
    /// Forgets all items and makes room for `most`.
    pub fn begin(&mut self, most: usize) {
        let slots = (2 * most).next_power_of_two().max(2);
        self.shift = 32 - slots.trailing_zeros();
        self.slots.clear();
        self.slots.resize(slots, EMPTY);
    }

    /// The entry of `item`, which becomes `next` if it has none.
    #[inline(always)]
    pub fn entry(&mut self, item: u32, next: u32) -> u32 {
        let last = self.slots.len() - 1;
        // Fibonacci hashing (Knuth, vol. 3, section 6.4): neighbouring numbers go far apart.
        let mut at = (item.wrapping_mul(0x9E37_79B9) >> self.shift) as usize;
        loop {
            let slot = &mut self.slots[at & last];
            if *slot == EMPTY {
                *slot = u64::from(item) << 32 | u64::from(next);
                return next;
            }
            if (*slot >> 32) as u32 == item {
                return *slot as u32;
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_keeps_the_entry_that_it_got_first() {
        let mut table = EntryTable::default();
        for most in [1, 3, 100] {
            table.begin(most);
            // Numbers that fall on few slots.
            let items: Vec<u32> = (0..most as u32).map(|n| n << 20).collect();
            for (next, &item) in items.iter().enumerate() {
                assert_eq!(table.entry(item, next as u32), next as u32, "{most} items");
            }
            for (entry, &item) in items.iter().enumerate() {
                assert_eq!(table.entry(item, 7777), entry as u32, "{most} items");
            }
        }
    }
}
