"""`round_trip: exact_fields`: the result of a case goes through the mapping that undoes this one, and is read again.

Guarantees that every field which the report calls exact comes back with its value; a difference is told by its place.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Files

from gateway.errors import DefinitionRefused
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.message import LeafPath, leaves
from gateway.mapping.api import build_outbound
from gateway.mapping.cases.runners import Got, Inbound, Runner
from gateway.mapping.reverse.classify import exact_rules
from gateway.mapping.reverse.pair import inverse_of
from gateway.mapping.reverse.rules import Names
from gateway.mapping.run.lineage import target_text

__all__ = ["RoundTrip"]


class RoundTrip:
    """The way back of one mapping, built once."""

    def __init__(self, path: str, runner: Runner, files: Files[str, bytes], fmt: ExchangeFormat) -> None:
        self._runner = runner
        self._why = ""
        self._back = None
        if not isinstance(runner, Inbound):
            self._why = "round_trip is for inbound mappings"
            return
        name = inverse_of(path, files)
        if not name:
            self._why = "round_trip needs a mapping that says `inverse_of` this one"
            return
        try:
            self._back = build_outbound(name, files, fmt)
        except DefinitionRefused:
            self._why = f"{name} cannot be loaded"
        self._exact = {rule.target for rule in exact_rules(runner.program)}

    def differs(self, got: list[Got]) -> Iterator[str]:
        """Say what does not come back of the messages of a case."""
        if self._back is None or not isinstance(self._runner, Inbound):
            yield self._why
            return
        for one in got:
            if not isinstance(one.value, dict):
                continue
            written = self._back.apply(one.value)
            if written.outcome != "accepted":
                codes = ", ".join(dict.fromkeys(fault.code for fault in written.diagnostics))
                yield f"the way back gives nothing ({codes})"
                continue
            again = [found for body in written.bodies for found in self._runner.again(body)]
            if len(again) != 1 or not isinstance(again[0].value, dict):
                yield f"what the way back writes is {again[0].outcome if again else 'nothing'} on the way there"
                continue
            left = {path: value for _, path, value in leaves(one.value) if self._is_exact(path)}
            right = {path: value for _, path, value in leaves(again[0].value) if self._is_exact(path)}
            for path in dict.fromkeys([*left, *right]):
                if left.get(path) != right.get(path) or (path in left) != (path in right):
                    yield f"{target_text(path)} is exact and does not come back"

    def _is_exact(self, path: LeafPath) -> bool:
        names: Names = tuple(step for step in path if isinstance(step, str))
        return any(names[:length] in self._exact for length in range(1, len(names) + 1))
