"""Prints RabbitMQ's definitions for a deployment: virtual hosts, quorum queues, bindings, users, least permissions.

    python deploy/rabbitmq/definitions.py deploy/demo/plan.yaml > definitions.json

Agencies and partners are those of the plan. Besides their own users there is one, `gateway`, that the gateway logs in
with when it is given one URL for all: it may take, deliver and answer on every virtual host, and create nothing.
Passwords come from the environment: GATEWAY_PASSWORD for `gateway`, PARTIES_PASSWORD for every agency and partner (a
password per user is what production wants: change the printed file, or log in by certificate). A user without a
password cannot log in by password. Nothing secret is kept in the repository.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.document.yaml_nodes import MapNode, read_yaml
from gateway.names import AgencyId, PartnerId
from gateway.transport.amqp.topology import agency_vhost, definitions, partner_vhost

__all__ = ["main", "made"]

_TAKES = {"write": r"^(x\.receipts|q\.receipts)$", "read": r"^q\.(out\..*|dead)$"}
_DELIVERS = {"write": r"^(x\.in|q\.in\..*)$", "read": r"^q\.(receipts|dead)$"}


def _names(plan: bytes, file: str, part: str) -> list[str]:
    node = read_yaml(plan, file)
    found = node.get(part) if isinstance(node, MapNode) else None
    return list(found.keys()) if isinstance(found, MapNode) else []


def made(plan: bytes, file: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the definitions for the agencies and partners of a plan. Raises DefinitionRefused if it is not YAML."""
    agencies = [AgencyId(name) for name in _names(plan, file, "agencies")]
    partners = [PartnerId(name) for name in _names(plan, file, "partners")]
    password = environment.get("PARTIES_PASSWORD", "")
    own = [*(f"agency.{name}" for name in agencies), *(f"partner.{name}" for name in partners)]
    told: dict[str, Any] = definitions(agencies, partners, dict.fromkeys(own, password) if password else {})
    login = environment.get("GATEWAY_PASSWORD", "")
    told["users"].append({"name": "gateway", "tags": "", **({"password": login} if login else {"password_hash": ""})})
    for vhosts, rights in (
        ([agency_vhost(name) for name in agencies], _TAKES),
        ([partner_vhost(name) for name in partners], _DELIVERS),
    ):
        told["permissions"] += [{"user": "gateway", "vhost": vhost, "configure": "^$", **rights} for vhost in vhosts]
    return told


def main() -> None:
    """Print the definitions of the plan named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: definitions.py PLAN.yaml")
    path = Path(sys.argv[1])
    json.dump(made(path.read_bytes(), path.name, os.environ), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
