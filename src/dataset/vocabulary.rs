//! ID text <-> dense index.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct ID texts in a fixed order, each with a dense index. IDs are text: `007` stays `007`.
///
/// The texts lie in one string; a lookup hashes once and compares in place.
#[derive(Clone, Default)]
pub struct Vocabulary {
    text: String,
    /// `ends[i]` is where text i ends in `text`.
    ends: Vec<usize>,
    index: HashTable<Entry>,
    hasher: DefaultHashBuilder,
}

/// An ID in the table. Half of its hash is kept: the table grows without reading the texts again, and other texts of
/// the same bucket are told apart without looking at them.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    id: u32,
}

impl Entry {
    /// The table takes bucket and tag from opposite ends.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl Vocabulary {
    /// Number of IDs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no ID.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of ID `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Self::len`].
    #[must_use]
    pub fn id(&self, index: u32) -> &str {
        text_at(&self.text, &self.ends, index)
    }

    /// The index of the ID `text`, if it is known.
    #[must_use]
    pub fn index(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text) as u32;
        let is_it = |entry: &Entry| entry.hash == hash && text_at(&self.text, &self.ends, entry.id) == text;
        self.index.find(Entry::spread(hash), is_it).map(|entry| entry.id)
    }

    /// The index of the ID `text`, which is added at the end if it is new.
    ///
    /// # Panics
    /// If there are `u32::MAX - 1` IDs already (the greatest values stand for "missing").
    pub fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text) as u32;
        let is_it = |entry: &Entry| entry.hash == hash && text_at(&self.text, &self.ends, entry.id) == text;
        if let Some(known) = self.index.find(Entry::spread(hash), is_it) {
            return known.id;
        }
        let id = self.append(text);
        self.index.insert_unique(Entry::spread(hash), Entry { hash, id }, |entry| Entry::spread(entry.hash));
        id
    }

    /// Adds the ID `text` at the end without looking whether it is there, and so that [`Self::index`] does not find it:
    /// for texts that were told apart already.
    pub(in crate::dataset) fn append(&mut self, text: &str) -> u32 {
        let id = u32::try_from(self.ends.len()).ok();
        // The two greatest numbers mean "missing" and "not looked up yet".
        let id = id.filter(|&id| id < u32::MAX - 1).expect("fewer than 2^32 - 2 distinct IDs");
        self.text.push_str(text);
        self.ends.push(self.text.len());
        id
    }

    /// The ID texts in index order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.text[std::mem::replace(&mut start, end)..end])
    }
}

fn text_at<'a>(text: &'a str, ends: &[usize], index: u32) -> &'a str {
    let index = index as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &text[start..ends[index]]
}

impl<'a> FromIterator<&'a str> for Vocabulary {
    /// Interns each text; repeated ones count once.
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut vocabulary = Self::default();
        for text in texts {
            vocabulary.intern(text);
        }
        vocabulary
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_text_and_first_seen_order() {
        let vocabulary: Vocabulary = ["b", "007", "7", "b", ""].into_iter().collect();
        assert_eq!(vocabulary.iter().collect::<Vec<_>>(), ["b", "007", "7", ""]);
        assert_eq!(vocabulary.index("007"), Some(1));
        assert_eq!(vocabulary.index("7"), Some(2));
        assert_eq!(vocabulary.index("70"), None);
        assert_eq!(vocabulary.id(3), "");
    }

    #[test]
    fn many_ids_are_all_found_again() {
        let texts: Vec<String> = (0..10_000).map(|i| format!("id-{}", i * 7)).collect();
        let vocabulary: Vocabulary = texts.iter().map(String::as_str).collect();
        for (i, text) in texts.iter().enumerate() {
            assert_eq!(vocabulary.index(text), Some(i as u32), "{text}");
        }
    }
}
