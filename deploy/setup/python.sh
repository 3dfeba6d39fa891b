#!/usr/bin/env bash
# Makes .venv/ from the lock files and installs this package into it, editable.
#
#   python.sh runtime    what "make demo" needs
#   python.sh full       that and the tools of "make test"
#
# Does nothing if .venv/ already is what the lock files say. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/setup/lib.sh

mode=${1:-full}
case "$mode" in
    runtime) lock=requirements.lock ;;
    full) lock=requirements-dev.lock ;;
    *) fail "python.sh: say 'runtime' or 'full'" ;;
esac

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found. On Debian 12: apt-get install python3 python3-venv"
}

make_venv() {
    local python=$1
    "$python" -m venv --clear .venv >/dev/null 2>&1 && return
    say "python3 -m venv does not work here; installing Debian's python3-venv"
    apt_install python3-venv || fail "cannot make a virtual environment. Install the package python3-venv (or set PYTHON to a Python that has venv and ensurepip), then try again"
    "$python" -m venv --clear .venv || fail "python3 -m venv still fails. Set PYTHON to a Python that has venv and ensurepip"
}

# What the environment was made from: a changed lock, a changed package description or a moved folder means anew.
digest_of() {
    { pwd; cat "$1" pyproject.toml; } | sha256sum | cut -c1-64
}

stamp=.venv/.made-from
wanted="$mode $(digest_of "$lock")"
full="full $(digest_of requirements-dev.lock)"
if [ -x .venv/bin/gateway ] && .venv/bin/python -c '' 2>/dev/null && [ -f "$stamp" ]; then
    made=$(cat "$stamp")
    # The full environment contains the other one.
    if [ "$made" = "$wanted" ] || [ "$made" = "$full" ]; then
        exit 0
    fi
fi

python=$(find_python)
if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "making .venv with $("$python" --version)"
    make_venv "$python"
fi
rm -f "$stamp"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
pip() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input "$@" >>"$log" 2>&1 && return
    cat "$log" >&2
    fail "pip could not install what $lock names; its words are above"
}
say "installing the locked packages of $lock (20 to 60 seconds)"
pip --require-hashes --only-binary ':all:' -r "$lock"
pip --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" >"$stamp"
