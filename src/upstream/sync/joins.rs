//! The list that somebody keeps of what is the same in two sources: CSV lines of type, key here, other source, key
//! there. A wrong line is named.

use std::collections::HashMap;
use std::path::Path;

use crate::catalogue::{self, Code, Identity};
use crate::config::ConfigError;

/// What somebody decided is the same.
#[derive(Debug, Default)]
pub(in crate::upstream) struct Curated {
    /// By type and key here: the other source and the key there.
    same: HashMap<(Code, String), (String, String)>,
}

impl Curated {
    /// Takes a file in.
    pub(in crate::upstream) fn read(&mut self, path: &Path) -> Result<(), ConfigError> {
        let name = path.display().to_string();
        let wrong = |place, message| ConfigError { source_name: name.clone(), place, message };
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(None, format!("the list of joins cannot be read: {error}")))?;
        for (number, line) in (1_u64..).zip(text.trim_start_matches('\u{feff}').lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let refuse = |message: String| wrong(Some((number, 1)), message);
            let cells = cells(line).ok_or_else(|| refuse("a quote is not closed".to_owned()))?;
            let [noun, key, source, value] = <[String; 4]>::try_from(cells).map_err(|cells| {
                refuse(format!("expected 4 cells: type,key,other source,other key; found {}", cells.len()))
            })?;
            if number == 1 && noun == "type" {
                continue;
            }
            let entry =
                catalogue::by_name(&noun).filter(|entry| entry.noun.identity == Identity::Key).ok_or_else(
                    || refuse(format!("`{noun}` is no type with keys; expected one such as Asset")),
                )?;
            if key.is_empty() || source.is_empty() || value.is_empty() {
                return Err(refuse("a cell is empty; expected type,key,other source,other key".to_owned()));
            }
            let told = refuse(format!("{noun} {key} stands here a second time; expected each once"));
            if self.same.insert((entry.noun.code, key), (source, value)).is_some() {
                return Err(told);
            }
        }
        Ok(())
    }

    /// What is the same as this elsewhere: source and key.
    pub(super) fn of(&self, code: Code, key: &str) -> Option<(String, String)> {
        if self.same.is_empty() {
            return None;
        }
        self.same.get(&(code, key.to_owned())).cloned()
    }
}

/// The cells of a line; a cell in double quotes may hold commas, and a doubled quote is one.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line.trim_end_matches('\r');
    loop {
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let mut cell = String::new();
            let mut left = quoted;
            loop {
                let (before, after) = left.split_once('"')?;
                cell.push_str(before);
                match after.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        left = more;
                    }
                    None => {
                        left = after;
                        break;
                    }
                }
            }
            cells.push(cell);
            match left.trim_start().strip_prefix(',') {
                Some(more) => rest = more,
                None if left.trim().is_empty() => return Some(cells),
                None => return None,
            }
        } else {
            match rest.split_once(',') {
                Some((cell, more)) => {
                    cells.push(cell.trim().to_owned());
                    rest = more;
                }
                None => {
                    cells.push(rest.trim().to_owned());
                    return Some(cells);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_a_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("same.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let mut curated = Curated::default();
            curated.read(&path).map(|()| curated)
        };
        let curated = read("type,key,source,other\n# ours\nAsset,a1,dam,\"x, \"\"y\"\"\"\n").unwrap();
        assert_eq!(curated.of(1, "a1"), Some(("dam".to_owned(), "x, \"y\"".to_owned())));
        for (text, line, said) in [
            ("Asset,a,dam\n", 1, "expected 4 cells"),
            ("Asset,a,dam,x\nThing,a,dam,x\n", 2, "`Thing` is no type"),
            ("Asset,a,,x\n", 1, "a cell is empty"),
            ("Asset,a,dam,x\n\nAsset,a,dam,y\n", 3, "a second time"),
            ("Asset,\"a,dam,x\n", 1, "not closed"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.place, Some((line, 1)), "{text}");
            assert!(error.message.contains(said), "{error}");
        }
    }
}
