"""One version of the exchange format as a value: its schema, its words, its catalogue and the digest of all files.

Guarantees that the files agree with each other: every leaf has its data-protection facts, every word list is sound, and
the committed catalogue is exactly what the schemas give. Reads no disk: the files are given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gateway.document.canonical import canonical, sha256
from gateway.document.json_codec import read_json
from gateway.document.json_schema import JsonSchema, compile_json_schema
from gateway.document.tree import JsonValue
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.exchange.catalogue import Catalogue, make_catalogue
from gateway.exchange.render import catalogue_json
from gateway.exchange.shape import read_shapes
from gateway.exchange.vocabulary import Vocabulary, WordList, read_word_list
from gateway.names import Digest

__all__ = ["ENTRY", "VERSION", "ExchangeFormat", "is_schema", "load_format", "read_catalogue"]

VERSION = "exchange/1.0"
ENTRY = "message.json"
_CATALOGUE = "catalogue.json"
_NOT_SCHEMAS = frozenset({_CATALOGUE, "annotations.json"})
_WORDS = "vocabulary/"
_SCHEMES = "scheme"


@dataclass(frozen=True, slots=True, eq=False)
class ExchangeFormat:
    """One version of the format, ready to use. `digest` covers schemas and word lists, not examples and documents."""

    version: str
    schema: JsonSchema = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    digest: Digest
    schemes: frozenset[str] | None = field(default=None, repr=False)
    """The foreign lists that a code may be from; None where the deployment does not say, so that all are taken."""

    def with_schemes(self, registered: Iterable[str]) -> "ExchangeFormat":
        """Give the same format with foreign lists registered, beside those in `vocabulary/scheme.json`."""
        return replace(self, schemes=frozenset(registered) | frozenset(self.vocabulary.words(_SCHEMES)))


def is_schema(name: str) -> bool:
    """Say whether a file below the version's folder is part of the format itself: a schema or a word list."""
    folder, _, base = name.rpartition("/")
    return base.endswith(".json") and folder in {"", "vocabulary"} and name not in _NOT_SCHEMAS


def load_format(files: Mapping[str, bytes]) -> ExchangeFormat:
    """Load one version from its files, by their paths below `schemas/exchange/v1/`; others are not looked at.

    Raises `DefinitionRefused` with every fault: EXC-101 to EXC-105, or DOC-080 to DOC-084 from the schema compiler.
    """
    faults: list[Fault] = []
    documents = _documents(files, faults)
    catalogue, vocabulary = _read(documents, faults)
    if not faults and files.get(_CATALOGUE) != catalogue_json(VERSION, catalogue):
        fix = "run schemas/exchange/generate.py and review what changes"
        faults.append(Fault("EXC-105", "the catalogue is not what the schemas give", Place(_CATALOGUE), fix))
    if faults:
        raise DefinitionRefused.of(faults)
    schemas = {name: data for name, data in files.items() if is_schema(name)}
    digest = sha256(canonical({name: sha256(data) for name, data in schemas.items()}))
    return ExchangeFormat(VERSION, compile_json_schema(schemas, ENTRY), catalogue, vocabulary, digest)


def read_catalogue(files: Mapping[str, bytes]) -> tuple[Catalogue, Vocabulary]:
    """Read catalogue and word lists from the schemas, without asking for the committed catalogue: to write it.

    Raises `DefinitionRefused` (EXC-101 to EXC-104).
    """
    faults: list[Fault] = []
    found = _read(_documents(files, faults), faults)
    if faults:
        raise DefinitionRefused.of(faults)
    return found


def _documents(files: Mapping[str, bytes], faults: list[Fault]) -> dict[str, JsonValue]:
    documents: dict[str, JsonValue] = {}
    for name in sorted(filter(is_schema, files)):
        try:
            documents[name] = read_json(files[name])
        except DocumentRefused as refused:
            place = replace(refused.faults[0].place, file=name)
            faults.append(Fault("EXC-101", "a file of the format is not strict JSON", place, refused.faults[0].message))
    if ENTRY not in documents:
        faults.append(
            Fault("EXC-101", "a file of the format is missing", Place(ENTRY), "give all files of the version")
        )
    return documents


def _read(documents: Mapping[str, JsonValue], faults: list[Fault]) -> tuple[Catalogue, Vocabulary]:
    lists: dict[str, WordList] = {}
    for name, document in documents.items():
        if name.startswith(_WORDS):
            word = name.removeprefix(_WORDS).removesuffix(".json")
            lists[word] = read_word_list(word, document, faults)
    catalogue = make_catalogue(read_shapes(documents, ENTRY, faults), documents.get(ENTRY))
    faults += (
        Fault("EXC-103", "a word list that does not exist", Place(ENTRY), field=row.field)
        for row in catalogue.fields.values()
        if row.vocabulary and row.vocabulary not in lists
    )
    return catalogue, Vocabulary(MappingProxyType(lists))
