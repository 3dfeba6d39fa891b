#!/usr/bin/env bash
# Runs every check and says at the end how each went. All of them run, also after one has failed.
#
#   tests.sh         lint, types, the fast tests on two cores, then the tests with a broker and whole programs
#   tests.sh fast    the fast tests only
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. deploy/setup/lib.sh

bin=.venv/bin
pytest=("$bin/python" -m pytest)
alone="amqp or fault or e2e"
reports=.cache/reports
mkdir -p "$reports"
rm -f "$reports"/*.xml
failed=0
lines=()

check() {
    local name=$1 start=$SECONDS status=0 word=ok
    shift
    say "$name"
    "$@" </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        word="FAILED ($status)"
        failed=1
    fi
    lines+=("$(printf '%-28s %-12s %4d s' "$name" "$word" "$((SECONDS - start))")")
}

if [ "${1:-all}" = fast ]; then
    check "fast tests" "${pytest[@]}" --junitxml="$reports/fast.xml" -n 2 -m "not ($alone or bench)"
else
    check "lint" "$bin/ruff" check .
    check "types" "$bin/mypy"
    check "fast tests" "${pytest[@]}" --junitxml="$reports/fast.xml" -n 2 -m "not ($alone or bench)"
    check "broker and program tests" "${pytest[@]}" --junitxml="$reports/alone.xml" -m "($alone) and not bench"
fi

printf '\n'
printf '%s\n' "${lines[@]}"
"$bin/python" deploy/setup/summary.py "$reports"/*.xml || failed=1
exit "$failed"
