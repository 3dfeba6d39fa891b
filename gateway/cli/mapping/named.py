"""Which mappings a command is about: those that are named, else all of the plan."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

from gateway.deployment import PlanFile
from gateway.errors import DefinitionRefused, Fault

__all__ = ["Named", "chosen", "mappings_of"]

Named = Annotated[
    list[str] | None, typer.Argument(help="Mappings, as the plan names them; all of the plan's if left out.")
]


def mappings_of(plan: PlanFile) -> list[str]:
    """Every mapping of a plan, inbound ones first."""
    inbound = [path for agency in plan.agencies.values() for path in agency.mappings]
    outbound = [partner.format for partner in plan.partners.values() if partner.format != "exchange"]
    return list(dict.fromkeys([*inbound, *outbound]))


def chosen(plan: PlanFile, files: Mapping[str, bytes], named: Iterable[str] | None) -> list[str]:
    """The mappings that are named, or all. Raises DefinitionRefused (CFG-049) if the deployment has no such mapping."""
    found = list(named or mappings_of(plan))
    for path in found:
        if path not in files:
            fix = f"one of: {', '.join(mappings_of(plan))}"
            raise DefinitionRefused(Fault("CFG-049", "the deployment has no such mapping", fix=fix))
    return found
