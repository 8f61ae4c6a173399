//! Whether a database address can be used, found out before any library sees it: theirs repeat the address in
//! what they say, and with it the password.

use url::Url;

const EXPECTED: &str =
    "this is no database address; expected `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`";
const ENCODE: &str = "this Postgres address cannot be read; expected `postgres://USER:PASSWORD@HOST/NAME`, and \
                      percent-encode / # ? @ : in the password (%2F %23 %3F %40 %3A)";
const MEMORY: &str = "SQLite in memory cannot be the store, because each connection would have a database of its \
                      own; expected a file, `sqlite:PATH`";

/// Answers why an address cannot be used, without repeating any of it.
pub(super) fn wrong(address: &str) -> Option<&'static str> {
    if let Some(file) = address.strip_prefix("sqlite:") {
        let (path, options) = file.split_once('?').unwrap_or((file, ""));
        let path = path.trim_start_matches("//");
        let in_memory = path == ":memory:" || options.split('&').any(|option| option == "mode=memory");
        return match path {
            _ if in_memory => Some(MEMORY),
            "" => Some(EXPECTED),
            _ => None,
        };
    }
    if !["postgres:", "postgresql:"].iter().any(|scheme| address.starts_with(scheme)) {
        return Some(EXPECTED);
    }
    // A sign of the password that is not encoded ends the part of the address in which it stands; what follows
    // is then read as something else, and the @ is in it.
    let whole = |url: &Url| {
        url.has_authority()
            && url.fragment().is_none()
            && !url.path().contains('@')
            && !url.query().unwrap_or_default().contains('@')
    };
    let read = Url::parse(address).ok().filter(whole);
    read.is_none().then_some(ENCODE)
}
