# shellcheck shell=bash
# Words shared by the scripts of this folder; sourced, not run.

say() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf '==> FAILED: %s\n' "$*" >&2
    exit 1
}

# Run a command as root, without asking for a password: there may be nobody to type one.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        say "this needs root: $*"
        return 1
    fi
}

# Install Debian packages, as few as possible. Prints apt's words only if it fails.
apt_install() {
    command -v apt-get >/dev/null || { say "there is no apt-get here"; return 1; }
    local log status=0
    log=$(mktemp)
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
                install -y -qq --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null || status=$?
    [ "$status" -eq 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$status"
}
