"""Small mappings written inside tests, run on both engines, which must agree to the last number."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from textwrap import dedent

from gateway.document.tree import JsonObject
from gateway.errors import DefinitionRefused, Fault
from gateway.exchange.identity import Identity
from gateway.exchange.message import leaves
from gateway.mapping.api import Envelope, InboundMapping, Mapped, build_inbound, build_outbound
from gateway.mapping.load.mapping import load_mapping
from gateway.mapping.run.lineage import How, LineageRecord, lineage_of
from gateway.mapping.run.report import read_lineage
from gateway.mapping.run.write_out import Written
from gateway.names import AgencyId, Digest, SourceKey
from gateway.outcome import SourceFile
from tests.mapping.example_files import exchange

PATH = "mappings/x/x.map.yaml"
IDENTITY = Identity(uuid.UUID(int=7))
ENVELOPE = Envelope(AgencyId("x-agency"), "QM", SourceKey("k1"), "2026-03-01T09:00:00Z", Digest("sha256:" + "0" * 64))

OPEN_JSON = b'{"type": "object"}'
HEAD = "mapping: x.x\nversion: 1.0.0\n"
JSON = HEAD + "source: {format: json, schema: s.json}\ntarget: {format: exchange, version: 1}\n"


@dataclass(frozen=True)
class Result:
    """What a mapping made of one input."""

    mapped: Mapped
    mapping: InboundMapping
    document: object
    lineage: list[LineageRecord] = field(default_factory=list)

    @property
    def message(self) -> JsonObject:
        assert self.mapped.message is not None
        return self.mapped.message

    @property
    def outcome(self) -> str:
        return self.mapped.outcome

    @property
    def codes(self) -> list[str]:
        return [fault.code for fault in self.mapped.diagnostics]

    @property
    def faults(self) -> Sequence[Fault]:
        return self.mapped.diagnostics


def files_of(rules: str, head: str = JSON, **beside: bytes | str) -> dict[str, bytes]:
    """The files of a small mapping; keyword `codes_x_csv` is the file `codes/x.csv` beside it."""
    text = head + dedent(rules).strip("\n") + "\n"
    files = {PATH: text.encode(), "mappings/x/s.json": OPEN_JSON}
    for name, content in beside.items():
        path = "/".join(name.split("__"))
        stem, _, ending = path.rpartition("_")
        data = content.encode() if isinstance(content, str) else content
        files[f"mappings/x/{stem}.{ending}"] = data
    return files


def run_all(files: dict[str, bytes], *inputs: bytes | tuple[str, bytes]) -> list[Result]:
    """All messages of an input, from both engines, compared."""
    return agreed(*engines(files), *inputs)


def engines(files: dict[str, bytes]) -> tuple[InboundMapping, InboundMapping]:
    """The same mapping on both engines, the reference first."""
    plain = build_inbound(PATH, files, exchange(), engine="interpreted")
    return plain, build_inbound(PATH, files, exchange(), engine="compiled")


def agreed(plain: InboundMapping, fast: InboundMapping, *inputs: bytes | tuple[str, bytes]) -> list[Result]:
    """All messages of an input, from two engines that were made already, compared."""
    sent = tuple(SourceFile(one, "input") if isinstance(one, bytes) else SourceFile(one[1], one[0]) for one in inputs)
    document = plain.read(sent)
    run = plain.run(document, ENVELOPE, IDENTITY)
    results: list[Result] = []
    for left, right in zip_longest(run.messages(), fast.apply(fast.read(sent), ENVELOPE, IDENTITY)):
        assert left == right
        assert json.dumps(left.message, default=str) == json.dumps(right.message, default=str), "order of members"
        left_behind = read_lineage(left.lineage) if left.lineage else None
        lineage = lineage_of(plain.program, run.reporter, left_behind, left.message or {}) if left_behind else []
        whole(lineage, left.message or {})
        results.append(Result(left, plain, document, lineage))
    return results


def whole(lineage: Sequence[LineageRecord], message: JsonObject) -> None:
    """Every filled leaf has exactly one record, and the gateway claims only what no rule can write."""
    filled = [record for record in lineage if record.how is not How.NULL]
    assert [record.target for record in filled] == [path for _, path, _ in leaves(message)]
    own = [record.text for record in filled if record.how is How.GATEWAY and record.notes != ("id",)]
    assert all(".stated_unknown[" in text for text in own), own


def run(files: dict[str, bytes], *inputs: bytes | tuple[str, bytes]) -> Result:
    """The only message of an input."""
    results = run_all(files, *inputs)
    assert len(results) == 1
    return results[0]


def from_json(rules: str, value: object, **beside: bytes | str) -> Result:
    """One JSON document through rules that stand under `map:` (or beside it, when they begin with a top word)."""
    return run(files_of(rules, **beside), json.dumps(value).encode())


def write(files: dict[str, bytes], message: JsonObject) -> Written:
    """An outbound mapping on both engines."""
    plain = build_outbound(PATH, files, exchange(), engine="interpreted").apply(message)
    fast = build_outbound(PATH, files, exchange(), engine="compiled").apply(message)
    assert plain == fast
    return plain


def refused(files: dict[str, bytes]) -> list[str]:
    """The faults that loading or resolving gives, as `code line:column`."""
    try:
        load_mapping(PATH, files)
        build_inbound(PATH, files, exchange())
    except DefinitionRefused as error:
        return [f"{fault.code} {fault.place.line}:{fault.place.column}" for fault in error.faults]
    return []
