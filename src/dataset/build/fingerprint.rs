//! One hash of all that training can see of a dataset.

use twox_hash::XxHash3_128;

use crate::dataset::{Catalogue, Events, Vocabulary};

/// XXH3-128 of the kept events and the attributes, as 32 hexadecimal digits. The format of the files does not matter.
pub(super) fn fingerprint(events: &Events, users: &Vocabulary, sessions: &Vocabulary, catalogue: &Catalogue) -> String {
    let mut hash = Hash(XxHash3_128::new());
    // Indices follow the order of first appearance, so texts and indices together stand for the rows.
    hash.texts(users);
    hash.numbers(events.user_offsets.iter().map(|&o| (o as u64).to_le_bytes()));
    hash.numbers(events.item.iter().map(|i| i.to_le_bytes()));
    hash.numbers(events.time.iter().map(|t| t.to_le_bytes()));
    hash.texts(sessions);
    hash.numbers(events.session.iter().map(|s| s.to_le_bytes()));
    let weights = events.weight.as_deref().unwrap_or_default();
    hash.numbers(weights.iter().map(|w| w.to_bits().to_le_bytes()));
    hash.numbers([[u8::from(events.has_time), u8::from(events.weight.is_some())]].into_iter());
    for (k, id_type) in catalogue.id_types.iter().enumerate() {
        hash.text(&id_type.name);
        hash.texts(&id_type.vocabulary);
        hash.numbers(catalogue.attributes.column(k).iter().map(|id| id.to_le_bytes()));
    }
    format!("{:032x}", hash.0.finish_128())
}

struct Hash(XxHash3_128);

impl Hash {
    fn text(&mut self, text: &str) {
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
    }

    fn texts(&mut self, vocabulary: &Vocabulary) {
        self.0.write(&(vocabulary.len() as u64).to_le_bytes());
        for text in vocabulary.iter() {
            self.text(text);
        }
    }

    /// Hashed by blocks: a call a number would cost more than the hashing.
    fn numbers<const N: usize>(&mut self, numbers: impl ExactSizeIterator<Item = [u8; N]>) {
        const BLOCK: usize = 64 << 10;
        self.0.write(&(numbers.len() as u64).to_le_bytes());
        let mut block = Vec::with_capacity(BLOCK + N);
        for number in numbers {
            block.extend_from_slice(&number);
            if block.len() >= BLOCK {
                self.0.write(&block);
                block.clear();
            }
        }
        self.0.write(&block);
    }
}
