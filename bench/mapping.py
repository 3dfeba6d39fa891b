"""What a compiled mapping costs, beside functions written by hand for the same mapping and beside other languages.

    python -m bench.mapping [--rounds 15] [--messages 400]

One message of about 2 KB with some forty fields, as JSON and as XML (`mapping_files`). All make equal messages
(asserted before measuring). The functions by hand (`mapping_hand`) know no lineage, diagnostics, policies or schema.
Rounds are interleaved, medians are reported. `apply` is the whole run of a document with lineage as bytes and rendered
faults. The consolidated list of the Security Council is measured when the folder GATEWAY_SHARED_DATA (beside the
repository by default) has it: checking its mapping, reading, mapping, and validating every message.
"""

import argparse
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from bench.mapping_files import JSON_FILES, PATH, XML_FILES, XML_MESSAGE
from bench.mapping_files import MESSAGE as JSON_MESSAGE
from bench.mapping_hand import by_hand, by_hand_of_xml
from bench.mapping_others import by_glom, by_jsonata, by_jsonpath
from gateway.document.tree import Document, JsonValue
from gateway.exchange.format import ExchangeFormat, load_format
from gateway.exchange.identity import Identity
from gateway.exchange.validate import validate
from gateway.mapping.api import EngineName, Envelope, InboundMapping, build_inbound
from gateway.mapping.check.mapping import check_mapping
from gateway.names import AgencyId, Digest, SourceKey
from gateway.outcome import SourceFile

__all__ = ["main"]

_REPOSITORY = Path(__file__).parents[1]
_LIST = "samples/un-consolidated/UN_consolidated.xml"
_IDENTITY = Identity(uuid.UUID(int=1))
_ENVELOPE = Envelope(AgencyId("bench"), "QM", SourceKey("k"), "2026-03-01T09:00:00Z", Digest("sha256:" + "0" * 64))
_SLOW = frozenset({"interpreted", "jsonata", "glom", "jsonpath"})


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description="cost of a compiled mapping beside a function written by hand")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--messages", type=int, default=400)
    given = parser.parse_args()
    fmt = _format()
    result = {
        "json": _json(fmt, given.rounds, given.messages),
        "xml": _xml(fmt, given.rounds, given.messages),
        "un_list": _un_list(fmt),
    }
    print(json.dumps(result, indent=2))


def _format() -> ExchangeFormat:
    folder = _REPOSITORY / "schemas" / "exchange" / "v1"
    return load_format({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()})


def _numbered(label: str, key: JsonValue) -> str:
    return f"{label}{key}"


def _make_id(label: str, key: JsonValue) -> str:
    return _IDENTITY.entity(_IDENTITY.message(_ENVELOPE.agency, _ENVELOPE.key, ""), label, key)


def _engine(mapping: InboundMapping, document: Document) -> Callable[[], object]:
    """Give the bare engine on one document: what is compared with a function."""
    run = mapping.run(document, _ENVELOPE, _IDENTITY)
    item = run.first_item()
    return lambda: run.engine.message(*item, _numbered)


def _built(files: dict[str, bytes], fmt: ExchangeFormat, engine: EngineName) -> InboundMapping:
    return build_inbound(PATH, files, fmt, engine=engine)


def _mapped(mapping: InboundMapping, document: Document) -> object:
    (mapped,) = mapping.apply(document, _ENVELOPE, _IDENTITY)
    assert (mapped.outcome, mapped.diagnostics) == ("accepted", ())
    return mapped.message


def _json(fmt: ExchangeFormat, rounds: int, messages: int) -> dict[str, object]:
    """Measure JSON: medians in microseconds per message, and the ratios."""
    data = json.dumps(JSON_MESSAGE, ensure_ascii=False).encode()
    compiled, interpreted = (_built(JSON_FILES, fmt, name) for name in ("compiled", "interpreted"))
    document = compiled.read([SourceFile(data)])
    assert isinstance(document, dict)
    hand, named = by_hand(document, _make_id), by_hand(document, _numbered)
    assert hand == _mapped(compiled, document) == _mapped(interpreted, document)
    assert named == by_jsonata(document) == by_glom(document) == by_jsonpath(document)
    times = _interleaved(
        {
            "hand": lambda: by_hand(document, _numbered),
            "compiled": _engine(compiled, document),
            "interpreted": _engine(interpreted, document),
            "jsonata": lambda: by_jsonata(document),
            "glom": lambda: by_glom(document),
            "jsonpath": lambda: by_jsonpath(document),
            "apply": lambda: list(compiled.apply(document, _ENVELOPE, _IDENTITY)),
        },
        rounds,
        messages,
    )
    ratios: dict[str, object] = {"compiled_to_hand": round(times["compiled"] / times["hand"], 2)}
    for name in ("interpreted", "jsonata", "glom", "jsonpath"):
        ratios[f"{name}_to_compiled"] = round(times[name] / times["compiled"], 1)
    return {"bytes": len(data), "leaves": _leaves(hand), "microseconds": times, **ratios}


def _xml(fmt: ExchangeFormat, rounds: int, messages: int) -> dict[str, object]:
    """Measure XML: mapping trees that are there, and the whole way from bytes with the schema."""
    compiled = _built(XML_FILES, fmt, "compiled")
    file = SourceFile(XML_MESSAGE)
    document = compiled.read([file])
    safe = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    schema = etree.XMLSchema(etree.fromstring(XML_FILES["m/s.xsd"]))
    tree = etree.fromstring(XML_MESSAGE, safe)
    assert by_hand_of_xml(tree, _make_id) == _mapped(compiled, document)

    def hand_from_bytes() -> object:
        root = etree.fromstring(XML_MESSAGE, safe)
        schema.assertValid(root)
        return by_hand_of_xml(root, _numbered)

    def compiled_from_bytes() -> object:
        return _engine(compiled, compiled.read([file]))()

    times = _interleaved(
        {
            "hand": lambda: by_hand_of_xml(tree, _numbered),
            "compiled": _engine(compiled, document),
            "hand_from_bytes": hand_from_bytes,
            "compiled_from_bytes": compiled_from_bytes,
        },
        rounds,
        messages,
    )
    return {
        "bytes": len(XML_MESSAGE),
        "microseconds": times,
        "compiled_to_hand": round(times["compiled"] / times["hand"], 2),
        "compiled_to_hand_from_bytes": round(times["compiled_from_bytes"] / times["hand_from_bytes"], 2),
    }


def _un_list(fmt: ExchangeFormat) -> dict[str, object]:
    """Measure a published list; what is not there is said."""
    shared = Path(os.environ.get("GATEWAY_SHARED_DATA") or _REPOSITORY.parent / "shared" / "data")
    if not (shared / _LIST).is_file():
        return {"skipped": f"{_LIST} is not in the folder GATEWAY_SHARED_DATA names"}
    found = [path for name in ("mappings", "schemas") for path in (_REPOSITORY / name).rglob("*") if path.is_file()]
    files = {path.relative_to(_REPOSITORY).as_posix(): path.read_bytes() for path in found}
    (path,) = (name for name in files if name.startswith("mappings/un-sc/") and name.endswith(".map.yaml"))
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    check_mapping(path, files, fmt)
    seconds["check"] = time.perf_counter() - began
    mapping = build_inbound(path, files, fmt)
    began = time.perf_counter()
    document = mapping.read([SourceFile((shared / _LIST).read_bytes(), "list.xml")])
    seconds["read"] = time.perf_counter() - began
    began = time.perf_counter()
    messages = [one.message for one in mapping.apply(document, _ENVELOPE, _IDENTITY) if one.message is not None]
    seconds["map"] = time.perf_counter() - began
    began = time.perf_counter()
    for message in messages:
        validate(message, fmt)
    seconds["validate"] = time.perf_counter() - began
    return {
        "records": len(messages),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "records_per_second": round(len(messages) / sum(seconds.values()), 1),
    }


def _interleaved(runs: dict[str, Callable[[], object]], rounds: int, messages: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            count = messages if name not in _SLOW else max(messages // 20, 1)
            began = time.perf_counter()
            for _ in range(count):
                run()
            found[name].append((time.perf_counter() - began) / count * 1e6)
    return {name: round(statistics.median(values), 2) for name, values in found.items()}


def _leaves(value: JsonValue) -> int:
    if isinstance(value, dict):
        return sum(_leaves(inner) for inner in value.values())
    return sum(_leaves(inner) for inner in value) if isinstance(value, list) else 1


if __name__ == "__main__":
    main()
