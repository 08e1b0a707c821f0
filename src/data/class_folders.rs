//! Folders that are classes.

use std::collections::BTreeSet;

/// Of `folders` with images right in them, `/` between their parts, those that lie in no other one, sorted: the classes
/// of trees of one level or of two. The folder around all of them, which has no name, is none.
pub(super) fn class_folders(folders: &BTreeSet<String>) -> Vec<String> {
    let outermost = |folder: &&String| !folder.is_empty() && above(folder).all(|other| !folders.contains(other));
    folders.iter().filter(outermost).cloned().collect()
}

/// The class of an image in `folder`: which of `classes`, as of [`class_folders`], is the folder or around it.
pub(super) fn class_of(folder: &str, classes: &[String]) -> Option<u32> {
    let mut around = above(folder).chain([folder]);
    let class = around.find_map(|folder| classes.binary_search_by(|known| known.as_str().cmp(folder)).ok())?;
    u32::try_from(class).ok()
}

/// The folders around `folder`, the outermost first.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    folder.match_indices('/').map(|(end, _)| &folder[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_outermost_folders_with_images() {
        let folders = ["", "a-b", "a/abbey", "a/alley", "a/alley/old", "bar"];
        let classes = class_folders(&folders.map(str::to_owned).into());
        assert_eq!(classes, ["a-b", "a/abbey", "a/alley", "bar"]);
        let found = ["a/abbey", "a/alley/old/x", "bar", "a", ""].map(|folder| class_of(folder, &classes));
        assert_eq!(found, [Some(1), Some(2), Some(3), None, None]);
    }
}
