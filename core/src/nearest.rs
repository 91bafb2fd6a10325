//! The name that somebody meant who misspelt one: for messages. It knows no names itself.

/// Most names that are compared with a misspelt one.
const MOST_COMPARED: usize = 2_000;

/// The nearest of some names: at most a third of the letters differ; `None` where none is that near.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    if !(2..=32).contains(&word.len()) {
        return None;
    }
    let allowed = (word.len() / 3).max(1);
    names
        .take(MOST_COMPARED)
        .filter(|name| name.len().abs_diff(word.len()) <= allowed)
        .map(|name| (distance(word.as_bytes(), name.as_bytes()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Letters to change, add, remove or swap with their neighbour to get from one word to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let changed = above[j] + usize::from(left != right);
            let mut least = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b"acb"), 1);
        assert_eq!(nearest("statsu", ["gas", "status"].into_iter()).as_deref(), Some("status"));
    }
}
