//! Where things lie in a run folder.

/// The run's description; a folder that has it is whole.
pub(super) const RUN_JSON: &str = "run.json";
/// What people say of the run.
pub(super) const NOTES: &str = "notes.json";
/// Folder beside runs that holds those that were set aside.
pub(super) const TRASH: &str = ".trash";
/// All vectors.
pub(super) const VECTORS: &str = "vectors.safetensors";
/// Optimiser state and sampler position.
pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";
/// The best epoch so far of a training with `early_stop`, if that is not the run's own.
pub(super) const BEST: &str = "best.safetensors";
/// Items as understood.
pub(super) const ITEMS: &str = "items.parquet";
/// The loss curve.
pub(super) const CURVE: &str = "curve.parquet";
/// Held-out events.
pub(super) const HOLDOUT: &str = "holdout.parquet";
/// The users' last items.
pub(super) const HISTORIES: &str = "histories.parquet";
/// All training events, basket by basket.
pub(super) const BASKETS: &str = "baskets.parquet";
/// Folder of the tables' IDs.
pub(super) const IDS: &str = "ids";
/// Folder of the tables of epochs that were kept.
pub(super) const HISTORY: &str = "history";
/// Folder of the maps.
pub(super) const PROJECTIONS: &str = "projections";

/// Device names that Windows keeps for itself, whatever the ending.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// File names (without ending) for tables called `names`: the name itself where it is a safe file name everywhere,
/// else with the offending bytes as `%XX`. Distinct names get distinct stems, also where the file system ignores case.
#[must_use]
pub fn file_stems<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    let mut stems = Vec::new();
    for name in names {
        let mut stem = escape(name, |character| character.is_alphanumeric() || "_-".contains(character));
        if taken.contains(&stem.to_lowercase()) {
            stem = escape(name, |character| character.is_ascii_lowercase() || character.is_ascii_digit());
        }
        taken.push(stem.to_lowercase());
        stems.push(stem);
    }
    stems
}

fn escape(name: &str, is_safe: impl Fn(char) -> bool) -> String {
    let lower = name.to_lowercase();
    let numbered =
        ["com", "lpt"].iter().any(|port| lower.strip_prefix(port).is_some_and(|rest| rest.chars().count() == 1));
    let reserved = numbered || RESERVED.contains(&lower.as_str());
    let mut stem = String::with_capacity(name.len());
    for (i, character) in name.chars().enumerate() {
        if is_safe(character) && !(reserved && i == 0) {
            stem.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                stem.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    if stem.is_empty() { "%".to_owned() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_file_names_as_they_are() {
        assert_eq!(
            file_stems(["item", "cate-1", "Marke", "größe", "user"]),
            ["item", "cate-1", "Marke", "größe", "user"]
        );
    }

    #[test]
    fn names_that_are_no_file_names_are_escaped() {
        let stems = file_stems(["a/b", "..", "a b", "c:\\d", "", "NUL", "com1", "x%2Fy", "comet"]);
        assert_eq!(stems, ["a%2Fb", "%2E%2E", "a%20b", "c%3A%5Cd", "%", "%4EUL", "%63om1", "x%252Fy", "comet"]);
    }

    #[test]
    fn names_that_differ_in_case_alone_get_files_that_do_not_collide() {
        let stems = file_stems(["brand", "Brand", "BRAND"]);
        let mut lower: Vec<String> = stems.iter().map(|stem| stem.to_lowercase()).collect();
        lower.sort();
        lower.dedup();
        assert_eq!(lower.len(), 3, "{stems:?}");
    }
}
