"""Speaks the Language Server Protocol on stdin and stdout. Knows what editors write, and asks `answers` for everything.

Faults are published when a file is opened, changed or saved, from the checker that `gateway mapping check` runs. Files
outside the deployment, and of other kinds, get no answers. Needs pygls, the extra "editor".
"""

from functools import partial
from pathlib import Path
from typing import TypeAlias

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from gateway import __version__
from gateway.editor.answers import Answers, Offer
from gateway.errors import Fault, Place, Severity

__all__ = ["serve"]

_KINDS = {
    "word": types.CompletionItemKind.Keyword,
    "path": types.CompletionItemKind.Field,
    "field": types.CompletionItemKind.Property,
    "name": types.CompletionItemKind.Reference,
    "table": types.CompletionItemKind.File,
    "converter": types.CompletionItemKind.Function,
    "choice": types.CompletionItemKind.EnumMember,
}


_Asked: TypeAlias = types.CompletionParams | types.HoverParams | types.DefinitionParams


def serve(base: Path, answers: Answers) -> None:
    """Serve until the editor says exit. `base` is the folder of the deployment's files."""
    server = LanguageServer("gateway-mapping", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    _Session(server, base.resolve(), answers).register()
    server.start_io()


class _Session:
    def __init__(self, server: LanguageServer, base: Path, answers: Answers) -> None:
        self._server = server
        self._base = base
        self._answers = answers
        self._published: dict[str, set[str]] = {}

    def register(self) -> None:
        """Tell the protocol who answers what; it marks what it is given, which methods do not allow."""
        feature = self._server.feature
        feature(types.TEXT_DOCUMENT_DID_OPEN)(partial(self._opened))
        feature(types.TEXT_DOCUMENT_DID_CHANGE)(partial(self._changed))
        feature(types.TEXT_DOCUMENT_DID_SAVE)(partial(self._saved))
        feature(types.TEXT_DOCUMENT_DID_CLOSE)(partial(self._closed))
        triggers = types.CompletionOptions(trigger_characters=[".", "/", "@", " "])
        feature(types.TEXT_DOCUMENT_COMPLETION, triggers)(partial(self._completion))
        feature(types.TEXT_DOCUMENT_HOVER)(partial(self._hover))
        feature(types.TEXT_DOCUMENT_DEFINITION)(partial(self._definition))

    # -- documents --------------------------------------------------------------------------------------------------

    def _path(self, uri: str) -> str | None:
        """Give the path of a file in the deployment, None for one outside."""
        document = self._server.workspace.get_text_document(uri)
        try:
            return Path(document.path).resolve().relative_to(self._base).as_posix()
        except ValueError:
            return None

    def _take(self, uri: str) -> None:
        path = self._path(uri)
        if path is not None:
            self._answers.open_files[path] = self._server.workspace.get_text_document(uri).source.encode()
            self._check()

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._take(params.text_document.uri)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        self._take(params.text_document.uri)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._take(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = self._path(params.text_document.uri)
        if path is not None:
            self._answers.open_files.pop(path, None)
            self._publish(path, {path: []})

    def _check(self) -> None:
        """Check every mapping that is open: an open table or part counts as it stands in the editor."""
        for path in list(self._answers.open_files):
            if not path.endswith(".map.yaml"):
                continue
            found: dict[str, list[Fault]] = {path: []}
            for fault in self._answers.faults(path):
                found.setdefault(fault.place.file or path, []).append(fault)
            self._publish(path, found)

    def _publish(self, path: str, found: dict[str, list[Fault]]) -> None:
        """Publish the faults of a mapping by file; a file that has none left is told so."""
        before = self._published.get(path, set())
        for name in sorted(before | set(found)):
            document = self._document(name)
            diagnostics = [self._diagnostic(fault, document) for fault in found.get(name, [])]
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=document.uri, diagnostics=diagnostics)
            )
        self._published[path] = set(found)

    def _document(self, path: str) -> TextDocument:
        return self._server.workspace.get_text_document((self._base / path).as_uri())

    def _diagnostic(self, fault: Fault, document: TextDocument) -> types.Diagnostic:
        error = fault.severity is Severity.ERROR
        fix = f" ({fault.fix})" if fault.fix else ""
        return types.Diagnostic(
            range=_range(fault.place, document),
            message=f"{fault.message}{fix}",
            severity=types.DiagnosticSeverity.Error if error else types.DiagnosticSeverity.Warning,
            code=fault.code,
            source="gateway",
        )

    # -- questions --------------------------------------------------------------------------------------------------

    def _cursor(self, params: _Asked) -> tuple[str, int, int] | None:
        path = self._path(params.text_document.uri)
        if path is None:
            return None
        document = self._server.workspace.get_text_document(params.text_document.uri)
        position = document.position_codec.position_from_client_units(document.lines, params.position)
        return path, position.line + 1, position.character + 1

    def _completion(self, params: types.CompletionParams) -> types.CompletionList:
        cursor = self._cursor(params)
        offers = [] if cursor is None else self._answers.offers(*cursor)
        return types.CompletionList(is_incomplete=False, items=[_item(offer) for offer in offers])

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        cursor = self._cursor(params)
        if cursor is None:
            return None
        path, line, column = cursor
        texts = [self._answers.hover(path, line, column)]
        if path.endswith(".map.yaml"):
            here = [
                fault
                for fault in self._answers.faults(path)
                if (fault.place.file, fault.place.line) == (path, line)
                and fault.place.column <= column <= max(fault.place.end_column, fault.place.column)
            ]
            texts += [self._answers.page(fault.code) for fault in here]
        text = "\n\n---\n\n".join(filter(None, texts))
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None

    def _definition(self, params: types.DefinitionParams) -> types.Location | None:
        cursor = self._cursor(params)
        place = None if cursor is None else self._answers.definition(*cursor)
        if place is None:
            return None
        document = self._document(place.file)
        return types.Location(document.uri, _range(place, document))


def _range(place: Place, document: TextDocument) -> types.Range:
    line, column = max(place.line - 1, 0), max(place.column - 1, 0)
    end = max(place.end_column - 1, column)
    written = types.Range(types.Position(line, column), types.Position(line, end))
    try:
        return document.position_codec.range_to_client_units(document.lines, written)
    except OSError:
        return written


def _item(offer: Offer) -> types.CompletionItem:
    return types.CompletionItem(label=offer.label, kind=_KINDS[offer.kind], detail=offer.detail or None)
