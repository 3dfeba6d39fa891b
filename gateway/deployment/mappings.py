"""The mappings of a plan, let in one by one: those whose check and own tests pass. Faults of all are gathered."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from gateway.deployment.plan_file import AgencyEntry, PlanFile
from gateway.errors import DefinitionRefused, Fault, Severity
from gateway.exchange.format import ExchangeFormat
from gateway.mapping.api import EngineName, InboundMapping, OutboundMapping
from gateway.mapping.cases.admit import Admitted, admit_inbound, admit_outbound
from gateway.names import AgencyId, Lane, PartnerId, Status
from gateway.plan import Channel, ExchangeWriter, Route

__all__ = ["Faults", "Mappings"]

_Part = TypeVar("_Part")


class Faults:
    """Gathers the faults of parts that were tried one after the other."""

    def __init__(self) -> None:
        self.errors: list[Fault] = []
        self.warnings: list[Fault] = []

    def attempt(self, make: Callable[[], _Part]) -> _Part | None:
        """Make a part, or gather why not."""
        try:
            return make()
        except DefinitionRefused as refused:
            self.note(refused.faults)
            return None

    def note(self, faults: Iterable[Fault]) -> None:
        """Gather faults by how much they matter."""
        for fault in faults:
            (self.errors if fault.severity is Severity.ERROR else self.warnings).append(fault)


class Mappings:
    """Lets mappings in, each once. `tests` false leaves the tests beside them to who asks."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        exchange: ExchangeFormat,
        faults: Faults,
        *,
        engine: EngineName = "compiled",
        tests: bool = True,
    ) -> None:
        self._admit = {
            True: partial(admit_outbound, files=files, fmt=exchange, engine=engine, tests=tests),
            False: partial(admit_inbound, files=files, fmt=exchange, engine=engine, tests=tests),
        }
        self._exchange = exchange
        self._faults = faults
        self._known: dict[tuple[str, bool], Admitted] = {}

    def channels(self, plan_file: PlanFile) -> list[Channel]:
        """Give the agencies with the mappings that were let in."""
        channels = []
        for name, entry in plan_file.agencies.items():
            found = [self._admitted(path, outbound=False) for path in entry.mappings]
            mappings = tuple(mapping for mapping in found if isinstance(mapping, InboundMapping))
            channels.append(_channel(AgencyId(name), entry, mappings))
        return channels

    def routes(self, plan_file: PlanFile) -> list[Route]:
        """Give the partners whose format is the common one, or whose mapping was let in."""
        routes = []
        for name, entry in plan_file.partners.items():
            if entry.format == "exchange":
                routes.append(Route(PartnerId(name), ExchangeWriter(self._exchange.digest)))
                continue
            writer = self._admitted(entry.format, outbound=True)
            if isinstance(writer, OutboundMapping):
                routes.append(Route(PartnerId(name), writer))
        return routes

    def _admitted(self, path: str, *, outbound: bool) -> InboundMapping | OutboundMapping | None:
        known = self._known.get((path, outbound))
        if known is None:
            known = self._known[path, outbound] = self._admit[outbound](path)
            self._faults.note(known.faults)
        return known.mapping


def _channel(agency: AgencyId, entry: AgencyEntry, mappings: tuple[InboundMapping, ...]) -> Channel:
    status = Status(entry.status) if entry.status else None
    return Channel(agency, entry.country, mappings, status, Lane[entry.ceiling])
