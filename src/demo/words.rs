//! The word lists of `demo/words`, read once. A file has sections in brackets; a row's columns are split by " | ".

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A row's columns.
pub(super) type Row = Vec<&'static str>;

/// One file.
#[derive(Debug, Default)]
pub(super) struct Words {
    sections: BTreeMap<&'static str, Vec<Row>>,
}

impl Words {
    fn read(text: &'static str) -> Self {
        let mut words = Words::default();
        let mut section = "";
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
            } else {
                words.sections.entry(section).or_default().push(line.split('|').map(str::trim).collect());
            }
        }
        words
    }

    /// The rows of a section.
    pub(super) fn rows(&self, section: &str) -> &[Row] {
        self.sections.get(section).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What every brand shares.
pub(super) static COMMON: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../demo/words/common.txt")));
/// The company once.
pub(super) static COMPANY: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../demo/words/company.txt")));
/// What the teams wrote down.
pub(super) static OPERATIONS: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../demo/words/operations.txt")));
/// What each sort of brand sells and says.
pub(super) static SECTORS: LazyLock<[Words; 4]> = LazyLock::new(|| {
    [
        Words::read(include_str!("../../demo/words/outdoor.txt")),
        Words::read(include_str!("../../demo/words/kitchen.txt")),
        Words::read(include_str!("../../demo/words/travel.txt")),
        Words::read(include_str!("../../demo/words/home.txt")),
    ]
});
/// The taxonomies, three levels deep.
pub(super) const TAXONOMY: &str = include_str!("../../demo/words/taxonomy.txt");

/// The languages of the copy, in the order of the columns.
pub(super) const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];

/// A country that the company sells in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    /// Its ISO 3166 code.
    pub territory: &'static str,
    /// The place of its language in [`LANGUAGES`].
    pub language: usize,
}

impl Market {
    /// The language as a BCP 47 tag without a region.
    pub(super) fn language_tag(self) -> &'static str {
        LANGUAGES[self.language]
    }
}

/// Every market.
pub(super) static MARKETS: LazyLock<Vec<Market>> = LazyLock::new(|| {
    let language = |tag: &str| LANGUAGES.iter().position(|language| *language == tag).unwrap_or_default();
    COMMON.rows("market").iter().map(|row| Market { territory: row[0], language: language(row[1]) }).collect()
});

/// A name as keys write it: small letters, digits and hyphens.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_columns() {
        let columns = |words: &Words, section: &str, count: usize| {
            assert!(!words.rows(section).is_empty(), "{section} is empty");
            for row in words.rows(section) {
                assert_eq!(row.len(), count, "{section}: {row:?}");
            }
        };
        for sector in SECTORS.iter() {
            for (section, count) in [("brand", 2), ("product", 2), ("season", 2), ("scene", 2)] {
                columns(sector, section, count);
            }
            for section in ["headline", "body", "offer"] {
                columns(sector, section, LANGUAGES.len());
            }
        }
        for (section, count) in [("action", 4), ("small print", 4), ("market", 2), ("audience", 4)] {
            columns(&COMMON, section, count);
        }
        for (section, count) in [("source", 4), ("team", 3), ("role", 3), ("kpi", 8), ("field", 6)] {
            columns(&COMPANY, section, count);
        }
        for (section, count) in
            [("work", 2), ("change", 1), ("incident", 3), ("insight", 1), ("hypothesis", 2), ("journey", 3)]
        {
            columns(&OPERATIONS, section, count);
        }
    }
}
