"""What `plan.yaml` may say: which mappings, policy, partners and schemas decide. Paths are relative to `base`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AgencyEntry", "PartnerEntry", "PlanFile", "PolicyEntry"]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,64}$")]
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PolicyEntry(_Model):
    """The officer's files."""

    policy: str
    partners: str
    vocabulary: str


class AgencyEntry(_Model):
    """An agency: whose authorisation counts, which formats it sends, and its highest lane.

    `status` is what a message is when its format has no marker for drills; without it such a message is quarantined.
    """

    country: _Country
    mappings: Annotated[tuple[str, ...], Field(min_length=1)]
    status: Literal["Actual", "Exercise", "System", "Test", "Draft"] | None = None
    ceiling: Literal["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"] = "FLASH"


class PartnerEntry(_Model):
    """A partner's format: `exchange` for the common format, or the path of an outbound mapping."""

    format: str


class PlanFile(_Model):
    """`plan.yaml` as a whole."""

    base: str = "."
    home: _Country
    exchange: str = "schemas/exchange/v1"
    policy: PolicyEntry
    agencies: dict[_Name, AgencyEntry]
    partners: dict[_Name, PartnerEntry]
