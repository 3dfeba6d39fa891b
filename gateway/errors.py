"""The error tree. Every fault has a stable code, a place and a next step, and never a value from a document.

    GatewayError            carries one Fault or more
    |- Refusal              lasting: this input will never be accepted as it is
    |  |- DocumentRefused   the bytes cannot be read strictly (DOC-nnn)
    |  |- DefinitionRefused a mapping, policy or setting cannot be loaded (letter codes, POL-nnn, CFG-nnn)
    |  `- NotPermitted      authentication or permission failed (SEC-nnn)
    |- Passing              try again later, the same thing (DEL-nnn)
    |- JournalError         neither: stops intake, nothing is acknowledged (DEL-nnn, LED-nnn)
    `- InvariantBroken      our own bug: stops intake and pages the operator (SYS-nnn)

Whether a failure passes or lasts is decided where it is raised, by its type. Texts of libraries are never
shown: they quote their input.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = [
    "DefinitionRefused",
    "DocumentRefused",
    "Fault",
    "GatewayError",
    "InvariantBroken",
    "JournalError",
    "NotPermitted",
    "Passing",
    "Place",
    "Refusal",
    "Severity",
]


class Severity(StrEnum):
    """How much a fault matters to whoever reads the report."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is: a file with 1-based line and column (in characters), or a path in a document.

    `file` names configuration files and members of a set as the mapping declares them, never the name of a file
    that an agency sent: such names may hold personal data.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    end_column: int = 0

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return " ".join(part for part in (position, self.path) if part)


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem: code, one lower-case sentence, where, and what to do.

    `place` is where the author of the sentence can act: a line of a mapping or policy, or the place in the input.
    `at` is the place in the source document when `place` is a rule, or the second place of a contradiction.
    `field` is the target field, as a path in the exchange format. No text in a fault may come from a document;
    names of fields and codes defined in a schema or definition may.
    """

    code: str
    message: str
    place: Place = Place()
    fix: str = ""
    severity: Severity = Severity.ERROR
    at: Place = Place()
    field: str = ""

    def located(self, place: Place) -> "Fault":
        """Give the same fault at another place."""
        return replace(self, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if str(self.place) else ""
        hint = f" (fix: {self.fix})" if self.fix else ""
        return f"{where}{self.severity}[{self.code}]: {self.message}{hint}"


class GatewayError(Exception):
    """The base of all our errors: one fault or more, comparable, printable, without values."""

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            raise ValueError("an error needs at least one fault")
        super().__init__(*faults)
        self.faults: tuple[Fault, ...] = faults

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> "GatewayError":
        """Make one error of many faults."""
        return cls(*faults)

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class Refusal(GatewayError):
    """This input will never be accepted as it is."""


class DocumentRefused(Refusal):
    """The bytes of a message cannot be read strictly."""


class DefinitionRefused(Refusal):
    """A mapping, a policy, a schema or a setting cannot be loaded."""


class NotPermitted(Refusal):
    """Who asks is not known, or may not do this."""


class Passing(GatewayError):
    """A failure of the world that may pass: try the same thing again."""


class JournalError(GatewayError):
    """The journal cannot promise durability: intake stops and nothing is acknowledged."""


class InvariantBroken(GatewayError):
    """Something that cannot be true is true: our own fault, intake stops."""
