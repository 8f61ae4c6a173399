//! Lists the files of `connectors/` for `src/upstream/shipped.rs`, so that a vendor is a file and no line of Rust.

use std::error::Error;
use std::path::{Path, PathBuf};

#[expect(clippy::disallowed_methods, reason = "Cargo says by the environment where a build script writes")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=connectors");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("connectors");
    let found: Result<Vec<PathBuf>, _> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = found?;
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let mut list = String::from("&[\n");
    for path in &files {
        let name = path.file_name().unwrap_or_default().display();
        list.push_str(&format!("(\"connectors/{name}\", include_str!({path:?})),\n"));
    }
    list.push(']');
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("shipped.rs"), list)?;
    Ok(())
}
