//! The configuration: what is shipped is the default, what is wrong is said with its place, what is secret
//! stays so; and the commands that read it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use weft::config::{Config, ConfigError, Hash, May, Sources};

use crate::support::client;

/// Reads this text as a file, in an environment with these variables.
fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weft.yaml");
    std::fs::write(&file, text).expect("a file");
    std::fs::write(folder.path().join("press.key"), "from a file\n").expect("a key");
    load(Sources { file: Some(file), listen: None }, environment)
}

fn load(sources: Sources, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment: HashMap<&str, &str> = environment.iter().copied().collect();
    Config::load_with(&sources, &|name| environment.get(name).map(ToString::to_string))
}

/// What is said of this text, without the folder.
fn wrong(text: &str) -> String {
    let error = read(text, &[]).expect_err("this is wrong");
    let said = error.to_string();
    said.find("weft.yaml").map_or(said.clone(), |at| said[at..].to_owned())
}

#[test]
fn what_is_shipped_is_the_default() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("weft.yaml");
    let config = load(Sources { file: Some(shipped), listen: None }, &[]).expect("it is right");
    assert_eq!(config, Config::default());
}

#[test]
fn what_is_left_out_has_its_default() {
    for text in
        ["", "# nothing\n", "listen: 127.0.0.1:4000\n", "database:\nlog:\ngraphql:\n  limits:\nkeys:\n"]
    {
        assert_eq!(read(text, &[]), Ok(Config::default()), "{text:?}");
    }
}

#[test]
fn every_setting_is_taken() {
    let text = "\
listen: '[::1]:5000'
database: { url: 'postgres://weft:${env.PASSWORD}@db.example/${env.NAME}', connections: 3 }
log: { format: json, level: 'warn,weft::pipeline=debug' }
graphql:
  introspection: false
  limits: { body_bytes: 5000, tokens: 11, depth: 12, cost: 13, aliases: 14, root_fields: 15, directives: 16,
            seconds: 17 }
keys:
  - { name: studio, hash: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }
  - { name: press, file: press.key, may: [curate] }
  - { name: news, env: NEWS_KEY }
anonymous: true
";
    let config = read(text, &[("PASSWORD", "p"), ("NAME", "n"), ("NEWS_KEY", " from the environment ")]);
    let config = config.expect("it is right");
    assert_eq!(config.listen.to_string(), "[::1]:5000");
    assert_eq!(config.database.url, "postgres://weft:p@db.example/n");
    assert_eq!(config.shown_database(), "postgres://db.example/n");
    let limits = config.graphql.limits;
    assert_eq!((limits.body_bytes, limits.tokens, limits.depth, limits.cost), (5000, 11, 12, 13));
    assert_eq!((limits.aliases, limits.root_fields, limits.directives, limits.seconds), (14, 15, 16, 17));
    let keys: Vec<(&str, Hash)> = config.keys.iter().map(|key| (&*key.name, key.hash)).collect();
    assert_eq!(
        keys,
        [
            ("studio", Hash::of("foo")),
            ("press", Hash::of("from a file")),
            ("news", Hash::of("from the environment"))
        ]
    );
    let may: Vec<usize> = config.keys.iter().map(|key| key.may.len()).collect();
    assert_eq!((may, config.keys[1].may[0]), (vec![0, 1, 0], May::Curate));
    let shown = format!("{config:?}");
    assert!(!shown.contains("from a file") && !shown.contains("2c26"), "{shown}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, said) in [
        (
            "log:\n  format: text\nlisen: 127.0.0.1:4000\n",
            "weft.yaml:3:1: unknown key `lisen`; expected one of: listen, database, log, graphql, keys, \
             anonymous, connectors, sources, outbound, kpis",
        ),
        (
            "graphql:\n  limits:\n    depht: 3\n",
            "weft.yaml:3:5: unknown key `depht`; expected one of: body_bytes, tokens, depth, cost, aliases, \
             root_fields, directives, seconds",
        ),
        ("log:\n  format: xml\n", "weft.yaml:2:11: unknown value `xml`; expected one of: text, json"),
        (
            "log:\n  level: loud\n",
            "weft.yaml:2:10: `loud` is no level; expected error, warn, info, debug or trace, or a list such as \
             warn,weft=debug",
        ),
        (
            "listen: here\n",
            "weft.yaml:1:9: `here` is no address; expected one such as 127.0.0.1:4000 or [::1]:4000",
        ),
        ("graphql:\n  introspection: maybe\n", "weft.yaml:2:18: expected true or false"),
        (
            "graphql:\n  limits:\n    depth: 900\n",
            "weft.yaml:3:12: expected a number from 1 to 60, found 900",
        ),
        (
            "graphql:\n  limits:\n    cost: -1\n",
            "weft.yaml:3:11: expected a whole number that is not negative",
        ),
        (
            "graphql:\n  limits:\n    cost: lots\n",
            "weft.yaml:3:11: expected a whole number that is not negative",
        ),
        ("database:\n  connections: 0\n", "weft.yaml:2:16: expected a number from 1 to 1000"),
        (
            "database:\n  url: mysql://x\n",
            "weft.yaml:2:8: this is no database address; expected `sqlite:PATH` or \
             `postgres://USER:PASSWORD@HOST/NAME`",
        ),
        (
            "database:\n  url: 'sqlite::memory:'\n",
            "weft.yaml:2:8: SQLite in memory cannot be the store, because each connection would have a database of \
             its own; expected a file, `sqlite:PATH`",
        ),
        (
            "database:\n  url: ${env.DATABASE}\n",
            "weft.yaml:2:8: the environment variable DATABASE is not set",
        ),
        ("database:\n  url: sqlite:${HOME}/x\n", "weft.yaml:2:8: expected `${env.NAME}` after `${`"),
        (
            "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n",
            "weft.yaml:2:1: the key `listen` stands here a second time; expected each once",
        ),
        ("keys:\n  - { hash: aa }\n", "weft.yaml:2:5: a key needs a `name`, the one that stands in the log"),
        ("keys:\n  - name: a\n", "weft.yaml:2:5: the key `a` needs exactly one of `hash`, `env` or `file`"),
        (
            "keys:\n  - { name: a, env: X, file: y }\n",
            "weft.yaml:2:5: the key `a` needs exactly one of `hash`, `env` or `file`",
        ),
        (
            "keys:\n  - { name: a, hash: abc }\n",
            "weft.yaml:2:22: expected the SHA-256 hash of the key in 64 hexadecimal digits, as `printf %s KEY | \
             sha256sum` prints it",
        ),
        (
            "keys:\n  - { name: a, env: NO_KEY }\n",
            "weft.yaml:2:21: the environment variable NO_KEY holds no key",
        ),
        (
            "keys:\n  - { name: a, file: press.key }\n  - { name: a, file: press.key }\n",
            "weft.yaml:3:5: two keys are named `a`; expected a name of its own for each",
        ),
        (
            "listen: 0.0.0.0:4000\n",
            "weft.yaml:1:9: `0.0.0.0:4000` can be reached from other machines, and no key is configured, so \
             anybody could read everything; configure a key under `keys`, or listen on 127.0.0.1:4000 only",
        ),
        (
            "anonymous: true\nlisten: '[::]:80'\n",
            "weft.yaml:2:9: `[::]:80` can be reached from other machines, and no key is configured, so anybody \
             could read everything; configure a key under `keys`, or listen on 127.0.0.1:80 only",
        ),
    ] {
        assert_eq!(wrong(text), said);
    }
    for text in
        ["listen: [1, 2]\n", "- a\n", "just text\n", "listen: \"open\n", "a: &x [*x]\n", "\t: 1\n", "? {}\n"]
    {
        let said = wrong(text);
        assert!(said.starts_with("weft.yaml:1:") || said.starts_with("weft.yaml:2:"), "{text:?}: {said}");
        assert!(!said.contains('\n'), "{text:?}: {said}");
    }
    let missing = Sources { file: Some(PathBuf::from("/nowhere/weft.yaml")), listen: None };
    let said = load(missing, &[]).expect_err("there is no such file").to_string();
    assert!(said.starts_with("/nowhere/weft.yaml: cannot be read: "), "{said}");
}

#[test]
fn a_password_that_is_not_encoded_is_refused_and_never_shown() {
    for password in ["my/p@ss", "p#w", "12/pw", "12#pw", "12?pw", "p?w", "p:[w/x"] {
        let text = "\ndatabase: { url: 'postgres://weft:${env.PW}@127.0.0.1:1/x' }\n";
        let said = read(text, &[("PW", password)]).expect_err("it is not encoded").to_string();
        assert!(said.contains("weft.yaml:2:18: ") && said.contains("percent-encode / # ? @ :"), "{said}");
        assert!(!said.contains(password), "{said}");
    }
    let text = "database: { url: 'postgres://weft:my%2Fp%40s%23@127.0.0.1:1/x?sslmode=disable' }";
    let config = read(text, &[]).expect("it is encoded");
    assert_eq!(config.shown_database(), "postgres://127.0.0.1:1/x");
    let folder = tempfile::tempdir().expect("a folder");
    for (url, said) in [
        ("postgres://weft:my/p@ss@127.0.0.1:1/x", "percent-encode"),
        ("postgres://weft:p%2Fp%40ss@127.0.0.1:1/x", "nothing listens at 127.0.0.1:1 (connection refused)"),
        ("postgres://weft:p%2Fp%40ss@127.0.0.1:1/x?sslmode=p@ss", "percent-encode"),
        ("postgres://weft:p%2Fp%40ss@127.0.0.1:1/x?sslmode=p%40ss", "its address cannot be read"),
    ] {
        std::fs::write(folder.path().join("weft.yaml"), format!("database: {{ url: '{url}' }}"))
            .expect("a file");
        for command in ["check", "migrate", "serve"] {
            let mut arguments = vec![command];
            arguments.extend(["--listen", "127.0.0.1:0"].iter().filter(|_| command == "serve"));
            let found = weft(folder.path(), &arguments);
            let told = text_of_both(&found);
            assert_eq!(found.status.code(), Some(1), "{told}");
            assert!(told.contains(said) && !told.contains("p@ss") && !told.contains("p%40ss"), "{told}");
        }
    }
}

fn text_of_both(found: &Output) -> String {
    text(&found.stdout) + &text(&found.stderr)
}

#[test]
fn a_store_that_cannot_be_used_is_told_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("weft.db")).expect("a folder");
    std::fs::write(folder.path().join("other.db"), "no database, ".repeat(1_000)).expect("a file");
    for (path, said) in [
        ("weft.db", "weft.db is a folder; name a file in it"),
        ("other.db", "the file is no SQLite database"),
        ("no/such/weft.db", "the folder no/such does not exist"),
        // Nobody may make files there, whoever runs this.
        ("/proc/weft.db", "this user cannot write in the folder /proc"),
    ] {
        std::fs::write(folder.path().join("weft.yaml"), format!("database: {{ url: 'sqlite:{path}' }}"))
            .expect("a file");
        for arguments in [&["check"][..], &["migrate"], &["serve", "--listen", "127.0.0.1:0"]] {
            let found = weft(folder.path(), arguments);
            let told = text_of_both(&found);
            assert_eq!(found.status.code(), Some(1), "{told}");
            assert!(told.contains(said), "{told}");
        }
    }
    let demo = Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env("TMPDIR", "/proc")
        .output()
        .expect("weft runs");
    assert!(text_of_both(&demo).contains("set TMPDIR"), "{}", text_of_both(&demo));
}

#[test]
fn with_a_key_other_machines_are_served() {
    let config = read("listen: 0.0.0.0:4000\nkeys: [{ name: a, file: press.key }]\n", &[]);
    assert_eq!(config.expect("it is right").listen.to_string(), "0.0.0.0:4000");
    let listen = |listen: &str| {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("weft.yaml");
        load(Sources { file: Some(shipped), listen: Some(listen.to_owned()) }, &[])
    };
    assert_eq!(listen("localhost:7").map(|config| config.listen.to_string()), Ok("127.0.0.1:7".to_owned()));
    let said = listen("0.0.0.0:7").expect_err("no key").to_string();
    assert!(said.starts_with("--listen: `0.0.0.0:7` can be reached from other machines"), "{said}");
    let said = listen("7").expect_err("no address").to_string();
    assert!(said.starts_with("--listen: `7` is no address; expected one such as"), "{said}");
}

fn weft(folder: &Path, arguments: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_weft"));
    Command::new(program).current_dir(folder).args(arguments).output().expect("weft runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn check_says_what_it_found_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = weft(folder.path(), &["check"]);
    let said = text(&found.stdout);
    assert!(found.status.success(), "{said}{}", text(&found.stderr));
    assert!(said.contains("127.0.0.1:4000") && said.contains("sqlite:weft.db: not there yet"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    let done = weft(folder.path(), &["migrate"]);
    assert!(text(&done.stdout).contains("the tables are up to date"), "{}", text(&done.stderr));
    assert!(text(&weft(folder.path(), &["migrate"]).stdout).contains("nothing to do"));
    assert!(
        text(&weft(folder.path(), &["check"]).stdout).contains("sqlite:weft.db: the tables are up to date")
    );
    std::fs::write(folder.path().join("weft.yaml"), "database: { url: 'sqlite:no/such/folder/weft.db' }")
        .expect("a file");
    let found = weft(folder.path(), &["check"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(
        text(&found.stdout).contains("the folder no/such/folder does not exist"),
        "{}",
        text(&found.stdout)
    );
    std::fs::write(folder.path().join("weft.yaml"), "lisen: x").expect("a file");
    let found = weft(folder.path(), &["check"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(
        text(&found.stderr).starts_with("weft: weft.yaml:1:1: unknown key `lisen`"),
        "{}",
        text(&found.stderr)
    );
    let found = weft(folder.path(), &["check", "--config", "nowhere.yaml"]);
    assert!(text(&found.stderr).starts_with("weft: nowhere.yaml: cannot be read"), "{}", text(&found.stderr));
}

#[test]
fn schema_prints_the_schema_and_every_command_has_help() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(text(&weft(folder.path(), &["schema"]).stdout), weft::graph::sdl());
    for command in ["serve", "demo", "migrate", "import", "export", "schema", "check"] {
        let help = weft(folder.path(), &[command, "--help"]);
        assert!(help.status.success() && text(&help.stdout).contains("--config <FILE>"), "{command}");
    }
}

#[test]
fn serve_says_when_it_cannot_listen() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let found = weft(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(found.status.code(), Some(1));
    let said = text(&found.stderr);
    assert!(said.contains(&format!("{address} is in use by another program")), "{said}");
    assert!(said.contains("--listen 127.0.0.1:"), "{said}");
    let found = weft(folder.path(), &["serve", "--listen", "0.0.0.0:4000"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stderr).contains("no key is configured"), "{}", text(&found.stderr));
}

#[test]
fn serve_logs_each_request_with_its_id_and_stops_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "log: { format: json }\nkeys: [{ name: studio, env: STUDIO_KEY }]\n";
    std::fs::write(folder.path().join("weft.yaml"), config).expect("a file");
    let log = folder.path().join("log");
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let mut served = Command::new(env!("CARGO_BIN_EXE_weft"))
        .current_dir(folder.path())
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .env("STUDIO_KEY", "very-s3cret")
        .stderr(std::fs::File::create(&log).expect("a log"))
        .stdout(Stdio::null())
        .spawn()
        .expect("weft runs");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let status = runtime.block_on(asked_until_it_answers(port));
    let told =
        Command::new("sh").args(["-c", &format!("kill -TERM {}", served.id())]).status().expect("sh runs");
    assert!(told.success());
    let ended = served.wait().expect("it ends");
    assert!(ended.success(), "{ended}");
    assert_eq!(status, 200);
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(!log.contains("very-s3cret"), "{log}");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let line = lines
        .iter()
        .find(|line| line["span"]["id"] == "the-id" && line["message"] == "answered")
        .unwrap_or_else(|| panic!("{log}"));
    assert_eq!(line["method"], "POST");
    assert_eq!(line["path"], "/graphql");
    assert_eq!(line["status"], 200);
    assert_eq!(line["caller"], "studio");
    assert_eq!(line["operation"], "Mine");
    assert_eq!(line["statements"], 0);
    assert!(line["took_ms"].is_number(), "{line}");
    assert!(lines.iter().any(|line| line["message"] == "stopped"), "{log}");
}

async fn asked_until_it_answers(port: u16) -> u16 {
    let began = Instant::now();
    loop {
        let asked = client()
            .post(format!("http://127.0.0.1:{port}/graphql"))
            .header("x-request-id", "the-id")
            .bearer_auth("very-s3cret")
            .json(&serde_json::json!({ "query": "query Mine { __typename }" }))
            .send()
            .await;
        match asked {
            Ok(answer) => return answer.status().as_u16(),
            Err(_) if began.elapsed() < Duration::from_secs(30) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
