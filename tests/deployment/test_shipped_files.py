"""The files for a broker and for containers say what the gateway expects; no container engine is needed to see that."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.rabbitmq import definitions as script
from gateway.names import AgencyId, Lane, PartnerId
from gateway.transport.amqp.topology import agency_vhost, in_queue, out_queue, partner_vhost, permissions

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PLAN = DEPLOY / "demo" / "plan.yaml"
AGENCIES = [AgencyId(name) for name in ("qm-police", "qm-border", "qm-fiu", "qm-customs", "qm-cyber")]
PARTNERS = [PartnerId(name) for name in ("qn-police", "eu-centre", "qs-bureau", "world-office")]


def made(**environment: str) -> dict[str, Any]:
    return script.made(PLAN.read_bytes(), PLAN.name, environment)


def test_every_party_of_the_plan_has_its_virtual_host_and_queues() -> None:
    told = made()
    assert {vhost["name"] for vhost in told["vhosts"]} == {
        *map(agency_vhost, AGENCIES),
        *map(partner_vhost, PARTNERS),
    }
    queues = {(queue["vhost"], queue["name"]) for queue in told["queues"]}
    assert {(agency_vhost(agency), out_queue(lane)) for agency in AGENCIES for lane in Lane} <= queues
    assert {(partner_vhost(partner), in_queue(lane)) for partner in PARTNERS for lane in Lane} <= queues


def test_the_one_login_of_the_gateway_may_what_its_links_may_and_configure_nothing() -> None:
    own = {row["vhost"]: row for row in made()["permissions"] if row["user"] == "gateway"}
    for user, vhost, _configure, write, read in permissions(AGENCIES, PARTNERS):
        if user.startswith("gateway."):
            for right, wanted in (("write", write), ("read", read)):
                for name in ("x.in", "x.receipts", "q.out.flash", "q.in.flash", "q.receipts", "q.dead"):
                    assert not re.match(wanted, name) or re.match(own[vhost][right], name), (user, right, name)
    assert {row["configure"] for row in own.values()} == {"^$"}


def test_without_a_password_in_the_environment_nobody_can_log_in_by_password() -> None:
    assert all(user.get("password_hash") == "" and "password" not in user for user in made()["users"])


def test_passwords_come_from_the_environment() -> None:
    users = {user["name"]: user for user in made(GATEWAY_PASSWORD="one", PARTIES_PASSWORD="two")["users"]}
    assert users["gateway"]["password"] == "one"
    assert users["agency.qm-police"]["password"] == "two"
    assert "password" not in users["gateway.qm-police.take"]


def test_the_script_prints_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["definitions.py", str(PLAN)])
    script.main()
    assert json.loads(capsys.readouterr().out)["vhosts"]


def test_the_containers_get_no_more_than_they_need() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert services["gateway"]["network_mode"] == "service:broker"
    for name in ("gateway", "prepare"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert not any("ports" in service for service in services.values())


def test_the_image_runs_as_nobody_in_particular_from_the_locked_dependencies() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    assert (
        "USER 10001:10001"
        in lines[lines.index("ENV PATH=/opt/gateway/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1") :]
    )
    assert any("--require-hashes -r requirements.lock" in line for line in lines)


def test_no_password_stands_in_the_files_for_containers() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    for line in text.splitlines():
        assert "PASSWORD" not in line or "${" in line or "PASSWORD=..." in line, line
