"""`gateway init [DIR]`: a working deployment to start from, with its own root key."""

import base64
import secrets
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.options import AsJson, NoColor
from gateway.cli.output import Exit, Output
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.read import ROOTS
from gateway.deployment.settings import HttpLink, WebhookLink
from gateway.deployment.shipped import shipped
from gateway.errors import DefinitionRefused, Fault, Place

__all__ = ["init"]


def init(
    folder: Annotated[Path, typer.Argument(help="Where to put it; must be empty or new.")] = Path("gateway-deployment"),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Make a deployment from the demo: agencies, partners, mappings, policy, samples, a root key.

    Example: gateway init my-gateway
    """
    output = Output(as_json=as_json, color=not no_color)
    if folder.exists() and any(folder.iterdir()):
        place = Place(file=folder.name)
        raise DefinitionRefused(Fault("CFG-032", "the folder is not empty", place, "name a new folder"))
    folder.mkdir(parents=True, exist_ok=True)
    demo = shipped("deploy/demo")
    for root in ROOTS:
        shutil.copytree(shipped(root), folder / root, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    shutil.copytree(demo, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("var", "drop", "secrets"))
    _under_test(folder / "policies" / "partners.yaml")
    plan = folder / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("base: ../..", "base: ."), encoding="utf-8")
    deployment = open_deployment(folder / "gateway.yaml", tests=False)
    _make_secrets(deployment)
    made = {"folder": str(folder), "plan": deployment.plan.digest, "agencies": sorted(deployment.plan.channels)}
    output.result(made, lambda words: _words(words, folder))
    raise typer.Exit(Exit.GOOD)


def _under_test(register: Path) -> None:
    """A new deployment sends nothing real before its officers have signed."""
    text = register.read_text(encoding="utf-8")
    register.write_text(text.replace("    status: live\n", "    status: test\n"), encoding="utf-8")


def _make_secrets(deployment: Deployment) -> None:
    """Make the keys that links name by `file:`, readable for the owner only; each is shared with one party."""
    settings = deployment.settings
    for link in (*settings.agencies.values(), *settings.partners.values()):
        if isinstance(link, HttpLink | WebhookLink) and link.key.startswith("file:"):
            path = deployment.folder / link.key.removeprefix("file:")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=False)
            path.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")


def _words(words: Console, folder: Path) -> None:
    words.print(f"A working deployment is in {folder}. It holds invented agencies, partners, mappings and a policy.")
    words.print("Its root key is new: keep a copy of var/keys/root.key in a safe place.")
    words.print("The keys in secrets/ are new too: each belongs to one agency or partner.")
    words.print("Its partners have status test: they get exercises and tests only, so that it runs at once, unsigned.")
    words.print(f"Next: cd {folder} && gateway check && gateway run")
    words.print("      gateway send samples/qm-police/06-drill.xml --agency qm-police")
    words.print(
        "To go live: write governance/signers.yaml (who may sign), set `status: live` in policies/partners.yaml, then"
    )
    words.print("      gateway policy propose --author ID, gateway policy sign by two persons, gateway policy activate")
