//! The address of an SQLite file, read once and as sqlx reads it: the pool and what reads beside it must mean one
//! file, whatever its name.

use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;

/// An SQLite file.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// It is only to be read.
    pub(super) read_only: bool,
    /// Nobody changes it, so that it needs no locks and no log.
    immutable: bool,
}

impl File {
    /// Reads an address such as `sqlite:PATH?mode=rwc`, where it is one.
    pub(super) fn read(url: &str) -> Option<File> {
        let path = url.parse::<SqliteConnectOptions>().ok()?.get_filename().to_owned();
        let options = url.split_once('?').map_or("", |(_, options)| options);
        let has = |option: &str| options.split('&').any(|given| given == option);
        let immutable = has("immutable=1") || has("immutable=true");
        Some(File { path, read_only: immutable || has("mode=ro"), immutable })
    }

    /// The address of the file at this path.
    pub(super) fn address(path: &std::path::Path) -> String {
        format!("sqlite:{}", path.display().to_string().replace('%', "%25").replace('?', "%3F"))
    }

    /// Opens it for one thread at a time, so that SQLite need not lock the connection at each call.
    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        let mode = match self.read_only {
            true => OpenFlags::SQLITE_OPEN_READ_ONLY,
            false => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match self.immutable {
            true => Connection::open_with_flags(self.immutable_uri(), flags | OpenFlags::SQLITE_OPEN_URI),
            false => Connection::open_with_flags(&self.path, flags),
        }
    }

    /// SQLite can be told so in no other way; in an URI `?`, `#` and `%` mean something.
    fn immutable_uri(&self) -> String {
        let path = self.path.to_string_lossy();
        let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        format!("file:{path}?immutable=1")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::File;

    #[tokio::test]
    async fn the_pool_and_what_reads_beside_it_mean_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().display();
        for (written, name) in [
            ("plain.db", "plain.db"),
            ("rwc.db?mode=rwc", "rwc.db"),
            ("private.db?cache=private&mode=rwc", "private.db"),
            ("a%20blank.db", "a blank.db"),
            ("another blank.db?mode=rwc", "another blank.db"),
            ("a#sign.db", "a#sign.db"),
            ("escaped%23sign%3F.db", "escaped#sign?.db"),
            ("100%.db", "100%.db"),
            ("mode=ro.db", "mode=ro.db"),
        ] {
            let url = format!("sqlite:{here}/{written}");
            let store = Store::open(&url, 2).await.expect("it opens");
            store.migrate().await.expect("the tables are made");
            let file = File::read(&url).expect("an address");
            assert_eq!(file.path, folder.path().join(name));
            assert!(folder.path().join(name).is_file(), "{written}");
            let tables = |file: &File| {
                let sql = "SELECT count(*) FROM sqlite_master WHERE name = 'asset'";
                file.open().expect("it opens").query_row(sql, [], |row| row.get::<_, i64>(0))
            };
            assert_eq!(tables(&file), Ok(1), "{written}");
            store.close().await.expect("it closes");
            for option in ["mode=ro", "immutable=1"] {
                let address = File::address(&folder.path().join(name));
                let file = File::read(&format!("{address}?{option}")).expect("an address");
                assert!(file.read_only);
                assert_eq!(tables(&file), Ok(1), "{written} {option}");
            }
        }
    }
}
