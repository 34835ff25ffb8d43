#!/usr/bin/env bash
# Prepares what is missing to work in this repository: Python, a JDK, Redis, the environment .venv, Delta's jars.
#
# Each part is taken as ready only if its stamp, written last, names what it was made from: a run that was cut short
# is taken up again, a changed lock is followed, and a run with nothing to do ends in a moment.
# PYTHON=... names the Python to use (3.11, 3.12 or 3.13); PIP_*, UV_* and proxies work as those tools say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}
digest() { cat "$@" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-64; }

# ---- what the system must have

# Prints the version of a Python that the lock is for and that can make environments (Debian packs that apart).
fitting_version() {
    "$1" -c 'import sys, venv, ensurepip
assert (3, 11) <= sys.version_info[:2] <= (3, 13)
print(sys.base_prefix, *sys.version_info[:2])' 2>/dev/null
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null && fitting_version "$name" >/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# A Java that Spark can run on. Spark itself looks at JAVA_HOME, then at PATH; ropeway also where Debian installs them.
find_java() {
    local java
    for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
        if [ -x "$java" ] && "$java" -version 2>&1 | grep -qE 'version "(17|21)'; then
            printf '%s\n' "$java"
            return
        fi
    done
    return 1
}

# Redis, which the tests and benchmarks of online stores start by themselves.
find_redis() { command -v redis-server; }

# The first of the named packages that apt could install now.
candidate() {
    local package
    for package in "$@"; do
        if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
            printf '%s\n' "$package"
            return
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installs what is missing if this user may, else says how.
install_system_packages() { # want_python want_java want_redis
    local wanted=() python package command log
    if ! command -v apt-get >/dev/null; then
        [ -z "$1" ] || fail "Python 3.11, 3.12 or 3.13 with venv is missing: install one, or name one with PYTHON=..."
        [ -z "$2" ] || fail "Java 17 or 21 is missing: install a JDK, and set JAVA_HOME if it is not on PATH"
        fail "redis-server is missing: install Redis 6.2 or newer (or Valkey, as redis-server), and put it on PATH"
    fi
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
        say "asking apt-get for its lists"
        as_root apt-get update -qq </dev/null
    fi
    if [ -n "$1" ]; then
        if [ -n "${PYTHON:-}" ]; then
            fail "PYTHON=$PYTHON is no Python 3.11, 3.12 or 3.13 that can make environments (venv and ensurepip)"
        fi
        # The version that python3 is here, if it fits, else the newest that does.
        python=$(apt-cache depends python3 2>/dev/null | grep -oE 'python3\.1[123]$' | head -n 1 || true)
        package=$(candidate ${python:+$python-venv} python3.13-venv python3.12-venv python3.11-venv || true)
        [ -n "$package" ] || package=python3-venv
        wanted+=("${package%-venv}" "$package")
    fi
    if [ -n "$2" ]; then
        package=$(candidate openjdk-17-jdk-headless openjdk-21-jdk-headless || true)
        wanted+=("${package:-openjdk-17-jdk-headless}")
    fi
    [ -z "$3" ] || wanted+=(redis-server)
    command="apt-get install -y --no-install-recommends ${wanted[*]}"
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
        fail "missing on this machine, and this user may not install: ${wanted[*]}" "run, then try again:" \
            "    sudo apt-get update && sudo $command"
    fi
    say "$command"
    log=$(mktemp)
    # shellcheck disable=SC2086 # the words of the command
    # RUNLEVEL=1: Debian starts no service, which would listen for others
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $command </dev/null >"$log" 2>&1 || {
        cat "$log" >&2
        fail "apt-get failed; its words stand above"
    }
    rm -f "$log"
}

# ---- the environment

lock_key=$(digest requirements.lock)
install_key=$(digest pyproject.toml setup.py transforms/version.py)
jars_key=$(grep -E '^(pyspark|delta-spark)==' requirements.lock | sort | tr '\n' ' ')

holds() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# It can't be moved, nor change its Python: its place stamp says where it was made, and by which. One that was made
# by hand has none, and is taken if it is whole.
environment_works() {
    local version
    version=$(fitting_version .venv/bin/python) || return 1
    if [ -f .venv/ropeway-place ]; then
        holds .venv/ropeway-place "$PWD $version"
    else
        .venv/bin/python -m pip --version >/dev/null 2>&1
    fi
}

want_python='' want_java='' want_redis='' python=''
if ! environment_works || [ -n "${PYTHON:-}" ]; then
    python=$(find_python) || want_python=yes
fi
java=$(find_java) || want_java=yes
find_redis >/dev/null || want_redis=yes
if [ -n "$want_python$want_java$want_redis" ]; then
    install_system_packages "$want_python" "$want_java" "$want_redis"
    if [ -n "$want_python" ]; then
        python=$(find_python) || fail "no Python 3.11, 3.12 or 3.13 even now: name one with PYTHON=..."
    fi
    java=$(find_java) || fail "no Java 17 or 21 even now: set JAVA_HOME"
    find_redis >/dev/null || fail "no redis-server on PATH even now"
fi

if ! environment_works || { [ -n "$python" ] && [ "$(fitting_version "$python")" != "$(fitting_version .venv/bin/python)" ]; }; then
    say "making .venv with $python"
    "$python" -m venv --clear .venv
fi
[ -f .venv/ropeway-place ] || printf '%s %s\n' "$PWD" "$(fitting_version .venv/bin/python)" >.venv/ropeway-place

if ! holds .venv/ropeway-lock "$lock_key"; then
    uv_pin=$(grep -oE '^uv==[^ ;]+' requirements.lock)
    say "installing requirements.lock"
    if ! .venv/bin/uv --version 2>/dev/null | grep -qF "uv ${uv_pin#uv==} "; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv_pin"
    fi
    # Compiled now, for every start: importing numba, pandas and pyarrow takes 0.6 s so, and 2.0 s from source.
    .venv/bin/uv pip install --quiet --python .venv/bin/python --compile-bytecode --requirement requirements.lock
    printf '%s\n' "$lock_key" >.venv/ropeway-lock
fi

if ! holds .venv/ropeway-install "$install_key"; then
    say "installing ropeway, from this folder"
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    printf '%s\n' "$install_key" >.venv/ropeway-install
fi

if ! holds jars/ropeway-ready "$jars_key"; then
    say "resolving Delta's jars into jars/"
    .venv/bin/python scripts/jars.py "$jars_key"
fi
