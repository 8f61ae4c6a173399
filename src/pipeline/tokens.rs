//! How many tokens a text has and how deep its brackets are nested, found without parsing it,
//! so that the parser never sees a text that could exhaust it.

/// How deep brackets may be nested.
pub(super) const NESTING: usize = 100;

/// What a scan found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// This many tokens.
    Tokens(usize),
    /// More tokens than allowed.
    TooMany,
    /// Brackets nested deeper than [`NESTING`].
    TooDeep,
}

/// Counts the tokens of `text`, stopping where there are more than `allowed`.
pub(super) fn scan(text: &str, allowed: usize) -> Scan {
    let mut rest = text.as_bytes();
    let (mut tokens, mut nesting) = (0, 0_usize);
    while let Some(&first) = rest.first() {
        let length = match first {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                rest = &rest[1..];
                continue;
            }
            b'#' => {
                rest = &rest[line(rest)..];
                continue;
            }
            b'"' => string(rest),
            b'.' => run(rest, |byte| byte == b'.'),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                run(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric())
            }
            b'-' | b'0'..=b'9' => {
                run(rest, |byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            }
            b'{' | b'[' | b'(' => {
                nesting += 1;
                1
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                1
            }
            _ => 1,
        };
        rest = &rest[length..];
        tokens += 1;
        if tokens > allowed {
            return Scan::TooMany;
        }
        if nesting > NESTING {
            return Scan::TooDeep;
        }
    }
    Scan::Tokens(tokens)
}

fn run(text: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !belongs(*byte)).unwrap_or(text.len())
}

fn line(text: &[u8]) -> usize {
    text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len())
}

fn string(text: &[u8]) -> usize {
    let block = text.starts_with(b"\"\"\"");
    let mut place = if block { 3 } else { 1 };
    while place < text.len() {
        match text[place] {
            b'\\' if block && text[place..].starts_with(b"\\\"\"\"") => place += 4,
            b'\\' if !block => place += 2,
            b'"' if !block => return place + 1,
            b'"' if text[place..].starts_with(b"\"\"\"") => return place + 3,
            b'\n' | b'\r' if !block => return place,
            _ => place += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{NESTING, Scan, scan};

    #[test]
    fn counts_what_the_grammar_calls_a_token() {
        for (text, tokens) in [
            ("", 0),
            ("{ a }", 3),
            ("query Q($x: [Int!]! = 1) { a(x: $x) @b ...C }", 27),
            ("{ a(s: \"no { tokens } in \\\" here\", b: \"\"\"nor \\\"\"\" \" here\"\"\") }", 11),
            ("# a comment { }\n{ a, b,,, }", 4),
            ("{ a(n: -1.5e10) }", 8),
            ("\"never closed", 1),
        ] {
            assert_eq!(scan(text, 100), Scan::Tokens(tokens), "{text}");
        }
    }

    #[test]
    fn stops_where_it_is_too_much() {
        assert_eq!(scan("a b c d", 3), Scan::TooMany);
        assert_eq!(scan(&"[".repeat(NESTING + 1), 1_000_000), Scan::TooDeep);
        assert_eq!(scan(&"[]".repeat(NESTING * 2), 1_000_000), Scan::Tokens(NESTING * 4));
    }
}
