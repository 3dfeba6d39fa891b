"""What `gateway init` makes can be opened, has keys of its own, and tells nobody else's."""

import stat
from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.command import build
from gateway.deployment import open_deployment
from gateway.deployment.values import read_secret


def test_a_new_deployment_opens_and_its_links_have_keys_of_their_own(tmp_path: Path) -> None:
    made: list[bytes] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        assert CliRunner().invoke(build(), ["init", str(folder)]).exit_code == 0
        deployment = open_deployment(folder / "gateway.yaml")
        assert sorted(deployment.plan.routes) == ["eu-centre", "qn-police", "qs-bureau", "world-office"]
        for party in ("qm-border", "qs-bureau"):
            made.append(read_secret(f"file:secrets/{party}", folder))
            assert stat.S_IMODE((folder / "secrets" / party).stat().st_mode) == 0o600
    assert len(set(made)) == 4
