#!/bin/sh
# Makes .venv and installs the named requirement sets into it, if they have changed since the last time.
# Usage: requirements/install.sh base embedded
set -eu
cd "$(dirname "$0")/.."
venv=.venv

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if [ ! -x "$venv/bin/python" ] || ! fits "$venv/bin/python"; then
    found=
    for python in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if fits "$python"; then found=$python; break; fi
    done
    if [ -z "$found" ]; then
        echo "plumbline: Python 3.11 or newer is needed, and none was found (looked for: ${PYTHON:-python3.11, python3.12, python3.13, python3})." >&2
        exit 1
    fi
    if ! "$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "plumbline: $found cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
    echo "Making a virtual environment in $venv ($("$found" --version))"
    rm -rf "$venv"
    "$found" -m venv "$venv"
fi

digest() { "$venv/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

changed=
for name in "$@"; do
    if [ "$(cat "$venv/installed-$name" 2>/dev/null || true)" != "$(digest "requirements/$name.txt")" ]; then
        changed="$changed $name"
    fi
done
if [ -z "$changed" ]; then exit 0; fi

echo "Installing requirements:$changed (once, until they change)"
files=
for name in $changed; do files="$files -r requirements/$name.txt"; done
# shellcheck disable=SC2086 # a list of file names without spaces
if ! "$venv/bin/python" -m pip install --quiet --quiet --no-input --disable-pip-version-check \
    --only-binary :all: --require-hashes $files; then
    echo "plumbline: the packages could not be installed; the lines above say why. Then try again." >&2
    exit 1
fi
for name in $changed; do digest "requirements/$name.txt" > "$venv/installed-$name"; done
