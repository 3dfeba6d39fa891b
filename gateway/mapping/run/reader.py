"""What every reader of an agency's files offers, whatever the format."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.document.tree import Document
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import Word
from gateway.mapping.load.reading import resolve

__all__ = ["InputFile", "SourceReader", "one_file", "schema_path"]


class InputFile(Protocol):
    """A file as an agency sent it."""

    @property
    def data(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def name(self) -> str:
        """Its name, which may hold personal data; it only chooses the member of a set."""
        ...


class SourceReader(ABC):
    """Reads documents of one source."""

    files: frozenset[str] = frozenset()
    """The schema files it was made from."""

    @abstractmethod
    def read(self, files: Sequence[InputFile]) -> Document:
        """Read and check; raises `DocumentRefused`."""

    @abstractmethod
    def recognises(self, document: Document) -> bool:
        """True when a document is of this source."""

    @abstractmethod
    def could_read(self, files: Sequence[InputFile]) -> bool:
        """Guess cheaply from the first bytes and the number of files; never decides about acceptance."""


def one_file(files: Sequence[InputFile]) -> bytes:
    """Give the bytes of the only file; raises `DocumentRefused` (R143) for another number of files."""
    if len(files) != 1:
        raise DocumentRefused(Fault("R143", "one file is expected", fix="send one file per message"))
    return files[0].data


def schema_path(mapping: MappingFile, files: Mapping[str, bytes], word: Word | None, place: Place) -> str:
    """Give the path of a schema that a mapping names; raises `DefinitionRefused` (W009) when it is not there."""
    path = None if word is None else resolve(mapping.file, word.text)
    if word is None or path is None or path not in files:
        raise DefinitionRefused(
            Fault("W009", "this file is not in the deployment", place if word is None else word.place)
        )
    return path
