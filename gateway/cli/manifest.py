"""`samples/manifest.yaml`: what simulated agencies publish, in which order, and what should happen."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.deployment.read import read_file, read_model

__all__ = ["Expected", "Manifest", "Sample", "read_manifest"]

_Outcome = Literal["accepted", "refused", "quarantined", "duplicate", "conflict"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Model):
    """What should become of a sample; partners that are not named are not compared."""

    outcome: _Outcome
    partners: dict[str, Literal["delivered", "withheld", "refused", "quarantined"]] = Field(default_factory=dict)


class Sample(_Model):
    """One publication: a file below `samples/`, by whom, under which message id, on which lane."""

    file: str
    agency: str
    key: str
    lane: Literal["flash", "immediate", "priority", "routine"] = "routine"
    note: str = ""
    expected: Expected


class Manifest(_Model):
    """All publications, in order."""

    samples: Annotated[tuple[Sample, ...], Field(min_length=1)]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder of samples. Raises DefinitionRefused."""
    return read_model(read_file(folder / "manifest.yaml", "samples/manifest.yaml"), "samples/manifest.yaml", Manifest)
