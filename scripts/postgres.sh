# shellcheck shell=bash
# A private Postgres for the tests: found, or brought in; started in a folder of its own; stopped and removed.
# Sourced by test.sh, which sets `cache` (a folder that outlives the run) and `work` (one that does not).

: "${cache:?}" "${work:?}"

postgres_bin=
postgres_libs=
postgres_data=
postgres_user=

# The folder of the newest server programs on this machine, if it has any.
postgres_find() {
    local candidate
    if command -v initdb >/dev/null && command -v pg_ctl >/dev/null && command -v postgres >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
        return
    fi
    for candidate in $(printf '%s\n' "$@" | sort -rV); do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] && [ -x "$candidate/postgres" ]; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Brings Postgres in where it is missing, in the version that the distribution ships.
postgres_ready() {
    local unpacked="$cache/postgres"
    if postgres_bin=$(postgres_find /usr/lib/postgresql/*/bin); then
        :
    elif postgres_bin=$(postgres_find "$unpacked"/usr/lib/postgresql/*/bin); then
        postgres_libs=$(postgres_library_path "$unpacked")
    elif ! command -v apt-get >/dev/null; then
        echo "Postgres is missing, and this is neither Debian nor Ubuntu: install its server and run again." >&2
        return 1
    elif [ "$(id -u)" = 0 ]; then
        postgres_install || return 1
        postgres_bin=$(postgres_find /usr/lib/postgresql/*/bin) || return 1
    else
        postgres_unpack "$unpacked" || return 1
        postgres_bin=$(postgres_find "$unpacked"/usr/lib/postgresql/*/bin) || return 1
        postgres_libs=$(postgres_library_path "$unpacked")
    fi
    LD_LIBRARY_PATH=$postgres_libs "$postgres_bin/postgres" --version
}

# As root: the distribution's package, without the cluster and the service that it would set up by itself.
postgres_install() {
    local settings=/etc/postgresql-common/createcluster.conf version
    echo "installing Postgres by apt"
    apt-get update -qq || echo "apt-get update reported errors; going on with what it has" >&2
    version=$(postgres_version) || return 1
    local failed=0
    apt_quietly postgresql-common || return 1
    cp -p "$settings" "$work/createcluster.conf" || return 1
    echo "create_main_cluster = false" >>"$settings"
    apt_quietly "postgresql-$version" || failed=$?
    cp -p "$work/createcluster.conf" "$settings"
    return "$failed"
}

# As root: installs packages, and speaks only where that fails.
apt_quietly() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 || {
        cat "$work/apt.log" >&2
        return 1
    }
}

# As anybody: the same packages, fetched with lists of our own and unpacked into $1. Nothing of the system changes.
postgres_unpack() {
    local into=$1 version package
    local fetch="$work/apt"
    local -a wanted=()
    echo "unpacking Postgres into $into"
    mkdir -p "$fetch/lists/partial" "$fetch/cache/archives/partial" "$fetch/debs"
    cat >"$fetch/apt.conf" <<CONF
Dir::State::Lists "$fetch/lists";
Dir::Cache "$fetch/cache";
Debug::NoLocking "1";
CONF
    export APT_CONFIG="$fetch/apt.conf"
    apt-get update -qq || echo "apt-get update reported errors; going on with what it has" >&2
    version=$(postgres_version) || return 1
    # What apt would install says which libraries this machine lacks; the compiler behind JIT and the
    # helpers around clusters are not needed.
    while read -r package; do
        case $package in
        libllvm* | libz3* | *-perl) ;;
        "postgresql-$version" | "postgresql-client-$version" | lib*) wanted+=("$package") ;;
        esac
    done < <(apt-get -s install --no-install-recommends "postgresql-$version" | awk '$1 == "Inst" { print $2 }')
    if ! printf '%s\n' "${wanted[@]}" | grep -qx "postgresql-$version"; then
        wanted=("postgresql-$version" "postgresql-client-$version" libpq5)
    fi
    (cd "$fetch/debs" && apt-get download -qq "${wanted[@]}") || return 1
    rm -rf "$into.new" && mkdir -p "$into.new" || return 1
    for package in "$fetch"/debs/*.deb; do
        dpkg -x "$package" "$into.new" || return 1
    done
    unset APT_CONFIG
    rm -rf "$into" && mv "$into.new" "$into"
}

# The version that the distribution's own `postgresql` stands for.
postgres_version() {
    local version
    version=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1)
    if [ -z "$version" ]; then
        echo "apt knows no package postgresql: its lists or its network are missing." >&2
        return 1
    fi
    echo "$version"
}

postgres_library_path() {
    local folder path=
    for folder in "$1"/usr/lib/*-linux-gnu* "$1"/lib/*-linux-gnu*; do
        [ -d "$folder" ] && path=${path:+$path:}$folder
    done
    echo "$path"
}

# Runs a server program, never as root: Postgres refuses that.
postgres_as() {
    local -a who=()
    if [ "$(id -u)" = 0 ]; then
        who=(setpriv --reuid "$(id -u "$postgres_user")" --regid "$(id -g "$postgres_user")" --clear-groups)
    fi
    (cd / && LD_LIBRARY_PATH=$postgres_libs "${who[@]}" "$@")
}

# Starts a server on a free port of the loopback and exports WEFT_TEST_POSTGRES, the address of its administrator.
postgres_start() {
    local folder="$work/postgres" version port password locale=(--locale=C.UTF-8)
    postgres_user=nobody
    id postgres >/dev/null 2>&1 && postgres_user=postgres
    version=$(LD_LIBRARY_PATH=$postgres_libs "$postgres_bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    # A collation that is not the bytes' own shows every place that forgets to ask for theirs.
    [ "$version" -ge 15 ] && locale+=(--locale-provider=icu --icu-locale=en-US)
    mkdir "$folder"
    chmod 700 "$folder"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && echo "$password" >"$folder/password")
    if [ "$(id -u)" = 0 ]; then
        chmod 711 "$work"
        chown -R "$postgres_user:" "$folder"
    fi
    postgres_as "$postgres_bin/initdb" -D "$folder/data" -U weft -A scram-sha-256 --pwfile="$folder/password" \
        -E UTF8 "${locale[@]}" --no-sync >"$work/initdb.log" 2>&1 || {
        cat "$work/initdb.log" >&2
        return 1
    }
    # From here on a server may run, whatever interrupts this.
    postgres_data="$folder/data"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
        if postgres_as "$postgres_bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -s start \
            -o "$(postgres_options "$port" "$folder")" >"$work/pg_ctl.log" 2>&1; then
            export WEFT_TEST_POSTGRES="postgres://weft:$password@127.0.0.1:$port/postgres"
            echo "Postgres $version listens on 127.0.0.1:$port"
            return
        fi
    done
    cat "$work/pg_ctl.log" "$folder/log" >&2
    return 1
}

# Nothing here must outlive a crash of the machine, so nothing waits for its disk.
postgres_options() {
    printf -- '-c %s ' "listen_addresses=127.0.0.1" "port=$1" "unix_socket_directories=$2" \
        max_connections=300 shared_buffers=128MB fsync=off synchronous_commit=off full_page_writes=off \
        wal_level=minimal max_wal_senders=0 max_wal_size=4GB jit=off timezone=UTC
}

postgres_stop() {
    [ -n "$postgres_data" ] || return 0
    postgres_as "$postgres_bin/pg_ctl" -D "$postgres_data" -m immediate -w -s stop >/dev/null 2>&1 || true
    postgres_data=
}
