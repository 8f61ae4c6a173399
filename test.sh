#!/usr/bin/env bash
# Everything that must hold, in one command, on a Debian or Ubuntu with Rust, as root or not.
# It brings in what is missing, starts a private Postgres, checks, tests on both databases, and stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo_deny=0.20.2

usage() {
    cat <<'TEXT'
./test.sh                 format, shell, licences, clippy, docs, and every test on SQLite and Postgres
./test.sh --full          the same, then the long tests and the outside suites of tests/outside
./test.sh --install-only  only brings in what is missing
./test.sh --serve COMMAND only starts the private Postgres, runs COMMAND with WEFT_TEST_POSTGRES set, and stops it
TEXT
}

full=no
only=
case ${1:-} in
"") ;;
--full) full=yes ;;
--install-only) only=install ;;
--serve)
    only=serve
    shift
    [ $# -gt 0 ] || { usage >&2 && exit 2; }
    ;;
--help | -h)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 2
    ;;
esac

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weft
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
    cache=$PWD/target/tools
    mkdir -p "$cache"
fi
# Under root Postgres runs as another user, who may not enter root's own folder for temporary things.
temporary=${TMPDIR:-/tmp}
[ "$(id -u)" != 0 ] || temporary=/tmp
work=$(mktemp -d "$temporary/weft-test.XXXXXX")
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

# shellcheck source=scripts/postgres.sh
. scripts/postgres.sh

finish() {
    postgres_stop
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs one step under its name, says how long it took, and ends the run where it fails.
step() {
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || {
        printf '\n== FAILED: %s, after %d s\n' "$name" $((SECONDS - began))
        tally
        exit 1
    }
    printf -- '-- %s: %d s\n' "$name" $((SECONDS - began))
}

# What a fresh machine may lack beside Rust itself.
tools_ready() {
    if ! command -v cargo >/dev/null; then
        echo "cargo is missing: install Rust, see https://rustup.rs" >&2
        return 1
    fi
    if ! command -v cc >/dev/null; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            echo "a C compiler is missing, and Rust links with it: install gcc and libc6-dev" >&2
            return 1
        fi
        apt-get update -qq
        apt_quietly gcc libc6-dev || return 1
    fi
    local part
    for part in rustfmt clippy; do
        cargo "${part/rust/}" --version >/dev/null 2>&1 && continue
        rustup component add "$part" || {
            echo "$part is missing: rustup component add $part" >&2
            return 1
        }
    done
    cargo --version
}

# Built without optimising: it takes a minute and a half on two cores, once, and answers in seconds.
deny_ready() {
    PATH="$cache/bin:$PATH"
    [ "$(cargo-deny --version 2>/dev/null)" = "cargo-deny $cargo_deny" ] ||
        cargo install --quiet --debug --locked --root "$cache" --version "=$cargo_deny" cargo-deny || return 1
    cargo-deny --version
}

shell_check() {
    if command -v shellcheck >/dev/null; then
        shellcheck -x test.sh scripts/*.sh .ci/run tests/upstreams/*/start
    else
        bash -n test.sh && bash -n .ci/run && for file in scripts/*.sh; do bash -n "$file" || return 1; done
        echo "left out: shellcheck is not installed"
    fi
}

format_check() {
    cargo fmt --all --check
}

deny_check() {
    cargo deny --locked check bans licenses sources
}

clippy_check() {
    cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
}

docs_check() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
}

# Clippy and rustdoc have read everything by now; this is the one time that it is built.
build_tests() {
    cargo test --workspace --locked --no-run
}

# With nextest where it is installed, by plain cargo elsewhere.
run_tests() {
    local runner=(cargo test --workspace --locked --no-fail-fast --lib --bins --tests)
    if cargo nextest --version >/dev/null 2>&1; then
        runner=(cargo nextest run --workspace --locked --no-fail-fast)
    fi
    "${runner[@]}" 2>&1 | tee -a "$work/tests.log"
}

doc_tests() {
    cargo test --workspace --locked --doc --quiet 2>&1 | tee -a "$work/tests.log"
}

# The same tests with more rows, more rounds, and many more cases for each property.
long_tests() {
    WEFT_LONG=1 PROPTEST_CASES=1024 run_tests
}

# The real servers that connectors are proven against; what is there already is not fetched again.
upstreams_ready() {
    local more=()
    [ "$full" = no ] || more=(--directus)
    WEFT_UPSTREAMS=$(scripts/upstreams.sh "${more[@]}") || return 1
    export WEFT_UPSTREAMS
}

outside_suites() {
    if ! command -v npm >/dev/null; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            echo "the outside suites need Node 18 or newer with npm: install nodejs and npm" >&2
            return 1
        fi
        apt-get update -qq
        apt_quietly nodejs npm || return 1
    fi
    cargo build --locked --quiet || return 1
    (cd tests/outside && npm ci --silent --no-audit --no-fund) || return 1
    node tests/outside/run.mjs target/debug/weft 2>&1 | tee -a "$work/tests.log"
}

# One line for the whole run, from what the runners said of theirs.
tally() {
    [ -f "$work/tests.log" ] || return 0
    sed 's/\x1b\[[0-9;]*m//g' "$work/tests.log" | awk '
        /^ *Summary \[/ || /^test result:/ || /^outside suites:/ {
            for (at = 2; at <= NF; at++) {
                if ($at ~ /^passed/) passed += $(at - 1)
                if ($at ~ /^(failed|exec)/) failed += $(at - 1)
                if ($at ~ /^timed/) failed += $(at - 1)
                if ($at ~ /^(skipped|ignored)/) skipped += $(at - 1)
            }
        }
        END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
}

step "tools" tools_ready
[ "$only" = serve ] || step "cargo-deny" deny_ready
step "postgres" postgres_ready
[ "$only" = serve ] || step "upstream servers" upstreams_ready
if [ "$only" = install ]; then
    exit 0
fi
if [ "$only" = serve ]; then
    step "server" postgres_start
    "$@"
    exit
fi

step "format" format_check
step "shell" shell_check
step "licences" deny_check
step "clippy" clippy_check
step "docs" docs_check
step "build" build_tests
step "server" postgres_start
step "doc tests" doc_tests
if [ "$full" = yes ]; then
    step "tests, the long way" long_tests
    step "outside suites" outside_suites
else
    step "tests" run_tests
    echo "left out: the long way of the tests and the outside suites, see ./test.sh --full"
fi
tally
