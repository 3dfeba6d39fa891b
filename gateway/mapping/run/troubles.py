"""What is wrong with a document of records and does not refuse it, said of the message that carries it.

Guarantees that every trouble is said: by the message whose item holds it, or by the document. Whether it is a warning
is decided by `source.counts` and `source.open`; a record that does not fit is always an error.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.document.codes import CODES as DOCUMENT_CODES
from gateway.document.tree import Document, FileSet, RecordTree, Trouble, TroubleKind, XmlElement
from gateway.errors import Fault, Place, Severity
from gateway.mapping.codes import CODES
from gateway.mapping.language.file import Source
from gateway.mapping.run.node import Node
from gateway.mapping.run.run import ACCEPTED, QUARANTINED, REFUSED

__all__ = ["Troubles", "troubles_of"]

_OUTCOMES = {"warn": ACCEPTED, "quarantine": QUARANTINED, "refuse": REFUSED}
_MOST = 100
_MEANINGS = {**DOCUMENT_CODES, **CODES}


def troubles_of(document: Document) -> tuple[Trouble, ...]:
    """Give the troubles of a document, and of every member of a set."""
    if isinstance(document, FileSet):
        found = ((name, trouble) for name, part in document.members.items() for trouble in troubles_of(part))
        return tuple(replace(trouble, member=name) for name, trouble in found)
    return document.troubles if isinstance(document, RecordTree) else ()


class Troubles:
    """The troubles of one document, each said once."""

    def __init__(self, source: Source, troubles: Sequence[Trouble]) -> None:
        self._place = source.place
        counts = "quarantine" if source.counts is None else source.counts.text
        opened = "warn" if source.open is None else source.open.text
        self._words: dict[TroubleKind, str] = {"bad": "quarantine", "count": counts, "open": opened}
        self._held: dict[int, list[Trouble]] = {}
        self._free: list[Trouble] = []
        for trouble in troubles:
            if trouble.holder is None:
                self._free.append(trouble)
            else:
                self._held.setdefault(id(trouble.holder), []).append(trouble)

    def of_item(self, node: Node) -> tuple[list[Fault], int]:
        """Give the faults of what an item holds, and the outcome that they make; they are not given again."""
        if not self._held or not isinstance(node.value, XmlElement):
            return [], ACCEPTED
        found: list[Trouble] = []
        stack = [node.value]
        while stack:
            element = stack.pop()
            found += self._held.pop(id(element), [])
            stack.extend(reversed(element.children))
        return self._said(found)

    def of_document(self) -> tuple[list[Fault], int]:
        """Give the faults that belong to no item."""
        return self._said(self._free)

    def rest(self) -> tuple[list[Fault], int]:
        """Give the faults of what no item held."""
        found = [trouble for held in self._held.values() for trouble in held]
        self._held.clear()
        return self._said(found)

    def _said(self, found: Sequence[Trouble]) -> tuple[list[Fault], int]:
        """Say troubles in order; content that is not declared is said once, for it may stand in every line."""
        faults: list[Fault] = []
        outcome = ACCEPTED
        opened: set[str] = set()
        for trouble in found:
            word = self._words[trouble.kind]
            outcome = max(outcome, _OUTCOMES[word])
            if trouble.kind == "open" and trouble.code in opened:
                continue
            opened.add(trouble.code)
            if len(faults) < _MOST:
                severity = Severity.WARNING if word == "warn" else Severity.ERROR
                at = Place(trouble.member, trouble.line, path=trouble.path)
                faults.append(Fault(trouble.code, _MEANINGS[trouble.code], self._place, severity=severity, at=at))
        return faults, outcome
