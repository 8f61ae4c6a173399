//! Why a store cannot be opened, in sentences that say what to do. The libraries' own may repeat the address, and
//! with it the password, so they are passed on only where they cannot.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{ConnectOptions, Connection, Error};
use sea_orm::{DbErr, RuntimeErr};

use super::file::File;

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is said of an address that cannot be read.
pub(super) const UNREADABLE: &str = "its address cannot be read; see `database.url` in the settings";

/// The sentence for what the database answered.
pub(super) fn told(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                Error::Configuration(_) => UNREADABLE.to_owned(),
                Error::Database(error) => error.message().to_owned(),
                error => error.to_string(),
            }
        }
        DbErr::Conn(RuntimeErr::Internal(_)) => UNREADABLE.to_owned(),
        error => error.to_string(),
    }
}

/// Why the SQLite file of this address cannot be used, where that can be seen without opening it. Changes nothing.
/// A file that is only to be read is left to SQLite.
pub fn unusable_file(url: &str) -> Option<String> {
    let file = url.starts_with("sqlite:").then(|| File::read(url)).flatten()?;
    if file.read_only {
        return None;
    }
    let path = file.path.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (shown, here) = (path.display(), folder.display());
    if path.is_dir() {
        return Some(format!(
            "{shown} is a folder; name a file in it, such as {}",
            path.join("weft.db").display()
        ));
    }
    if !folder.is_dir() {
        return Some(format!("the folder {here} does not exist; make it, or name another"));
    }
    if path.exists()
        && let Err(error) = std::fs::OpenOptions::new().read(true).write(true).open(path)
    {
        return Some(format!("this user may not read and write the file {shown} ({error})"));
    }
    // SQLite keeps its log beside the file, so that the folder matters even where the file is there.
    tempfile::tempfile_in(folder).err().map(|error| {
        format!("this user cannot write in the folder {here} ({error}); allow it, or name a file elsewhere")
    })
}

/// Why the SQLite file refused, once it was opened.
pub(super) fn of_file(error: &DbErr) -> String {
    let code = match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) => match &**error {
            Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
            _ => None,
        },
        _ => None,
    };
    // The low byte is the kind; what stands above it says more of the same.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => "another program holds the file; stop that one, or wait for it".to_owned(),
        Some(13) => "the disk is full".to_owned(),
        Some(26) => "the file is no SQLite database; name another file".to_owned(),
        _ => told(error),
    }
}

/// Asks the Postgres server for one connection. The pool asks again and again, and then says only that it took
/// too long; this says why.
pub(super) async fn of_server(url: &str) -> Result<(), String> {
    let options: PgConnectOptions = url.parse().map_err(|_| UNREADABLE.to_owned())?;
    let server = match options.get_socket() {
        Some(socket) => format!("{}, port {}", socket.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => connection.close().await.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(refused(&options, &server, &error)),
        Err(_) => Err(format!(
            "{server} did not answer within {} s; look at host and port, and at what stands between",
            PATIENCE.as_secs()
        )),
    }
}

fn refused(options: &PgConnectOptions, server: &str, error: &Error) -> String {
    match error {
        Error::Configuration(_) => UNREADABLE.to_owned(),
        Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            format!(
                "nothing listens at {server} (connection refused); start Postgres there, or name another host and port"
            )
        }
        Error::Io(error) => format!("{server} cannot be reached ({error}); look at host and port"),
        Error::Database(error) => {
            let said = error.message();
            match error.code().as_deref() {
                Some("28P01" | "28000") => {
                    format!(
                        "{server} refuses the user {} ({said}); look at user and password",
                        options.get_username()
                    )
                }
                Some("3D000") => {
                    let name = options.get_database().unwrap_or(options.get_username());
                    format!("{server} has no such database ({said}); make it: createdb {name}")
                }
                Some("53300") => {
                    format!("{server} has no connection left ({said}); lower `database.connections`")
                }
                _ => format!("{server} refuses: {said}"),
            }
        }
        error => format!("{server} cannot be used: {error}"),
    }
}
