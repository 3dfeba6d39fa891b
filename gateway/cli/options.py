"""The options that mean the same in every command."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "Config", "NoColor", "default_config"]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout instead of words.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; also if NO_COLOR is set.")]
Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="GATEWAY_CONFIG", help="The deployment's gateway.yaml.", show_default=False),
]


def default_config() -> Path:
    """`gateway.yaml` here, or the demo deployment of a checkout."""
    here = Path("gateway.yaml")
    demo = Path("deploy/demo/gateway.yaml")
    return here if here.exists() or not demo.exists() else demo
