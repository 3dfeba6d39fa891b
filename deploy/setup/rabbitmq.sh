#!/usr/bin/env bash
# Puts Debian's RabbitMQ on this machine for the tests, without starting a service. The tests start their own
# private broker from it. Exits 0 in every case: where there is no broker, the tests that need one say so
# (and fail the run where CI=true). Set GATEWAY_TEST_AMQP to use a broker that runs elsewhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/setup/lib.sh

server=/usr/lib/rabbitmq/bin/rabbitmq-server
if [ -n "${GATEWAY_TEST_AMQP:-}" ]; then
    say "the tests use the broker that GATEWAY_TEST_AMQP names"
    exit 0
fi
[ -x "$server" ] && exit 0

# Debian starts services on installation unless this file says no. One that exists already is left alone:
# then the machine's owner has decided.
policy=/usr/sbin/policy-rc.d
tidy() {
    if [ "${policy_is_ours:-no}" = yes ]; then
        as_root rm -f "$policy" || say "please remove $policy: it stops Debian from starting services"
    fi
}
trap tidy EXIT
if ! [ -e "$policy" ] && as_root true; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    policy_is_ours=yes
    as_root chmod 755 "$policy"
fi

say "installing Debian's RabbitMQ for the tests (about 20 seconds)"
if apt_install rabbitmq-server && [ -x "$server" ]; then
    # Nobody asked for a service at the next boot either.
    if [ -d /run/systemd/system ]; then
        as_root systemctl disable --quiet rabbitmq-server || true
    fi
else
    say "RabbitMQ could not be installed: the tests that need a broker will count as not run"
fi
