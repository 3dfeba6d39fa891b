#!/usr/bin/env bash
# Writes requirements.lock (to run) and requirements-dev.lock (to run and to test), with hashes, for every Linux that
# Python 3.11.0 and newer runs on. Needs uv; makes a throw-away one if there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/setup/lib.sh

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    python3 -m venv "$place/venv"
    "$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$place/venv/bin/uv
fi

# Debian 12 has 3.11.2. --no-header, --no-annotate and no index option: no name of a registry gets into the files.
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-header --no-annotate \
        --upgrade "$@" pyproject.toml deploy/setup/build.in
}
compile --output-file requirements.lock
compile --output-file requirements-dev.lock --group dev --constraint requirements.lock
