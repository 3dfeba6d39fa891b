"""The language server as an editor meets it: a child process that speaks LSP over its stdin and stdout."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

REPOSITORY = Path(__file__).resolve().parents[2]
MAPPING = REPOSITORY / "mappings/qm-police/notice.map.yaml"
TEXT = MAPPING.read_text("utf-8")
URI = MAPPING.as_uri()


class _Editor:
    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.version = 0
        self.text = ""

    def open(self, text: str = TEXT) -> None:
        self.text = text
        item = types.TextDocumentItem(URI, types.LanguageKind.Yaml, 0, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, old: str, new: str) -> None:
        assert self.text.count(old) >= 1
        self.version += 1
        self.text = self.text.replace(old, new, 1)
        whole = types.TextDocumentContentChangeWholeDocument(self.text)
        document = types.VersionedTextDocumentIdentifier(self.version, URI)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    async def faults(self) -> list[types.Diagnostic]:
        while True:
            found = await asyncio.wait_for(self.published.get(), 30)
            if found.uri == URI:
                return list(found.diagnostics)

    def position(self, before: str, within: str) -> types.Position:
        """The position behind `before` in the first line that has `within`."""
        for number, line in enumerate(self.text.split("\n")):
            if within in line:
                return types.Position(number, line.index(before) + len(before))
        raise AssertionError(within)

    async def labels(self, before: str, within: str) -> set[str]:
        params = types.CompletionParams(types.TextDocumentIdentifier(URI), self.position(before, within))
        found = await self.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        return {item.label for item in found.items}

    async def hover(self, before: str, within: str) -> str:
        params = types.HoverParams(types.TextDocumentIdentifier(URI), self.position(before, within))
        found = await self.client.text_document_hover_async(params)
        assert found is not None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def definition(self, before: str, within: str) -> types.Location:
        params = types.DefinitionParams(types.TextDocumentIdentifier(URI), self.position(before, within))
        found = await self.client.text_document_definition_async(params)
        assert isinstance(found, types.Location)
        return found


def _with_editor(talk: Callable[[_Editor], Awaitable[None]]) -> None:
    async def run() -> None:
        client = LanguageClient("test", "1")
        editor = _Editor(client)
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(editor.published.put_nowait))
        config = str(REPOSITORY / "deploy/demo/gateway.yaml")
        await client.start_io(sys.executable, "-m", "gateway", "mapping", "serve", "--config", config)
        capabilities = types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=["utf-16"]))
        started = await asyncio.wait_for(
            client.initialize_async(types.InitializeParams(capabilities, root_uri=REPOSITORY.as_uri())), 60
        )
        assert started.capabilities.completion_provider is not None
        client.initialized(types.InitializedParams())
        await asyncio.wait_for(talk(editor), 60)
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()

    asyncio.run(run())


@pytest.mark.slow
def test_an_editor_is_told_of_faults_as_they_come_and_go() -> None:
    async def talk(editor: _Editor) -> None:
        editor.open()
        assert [fault for fault in await editor.faults() if fault.severity == types.DiagnosticSeverity.Error] == []
        editor.change("family: Family\n", "family: Famil\n")
        (fault,) = [one for one in await editor.faults() if one.code == "P101"]
        assert "did you mean" in fault.message
        line = next(n for n, text in enumerate(editor.text.split("\n")) if text.endswith("family: Famil"))
        assert fault.range.start.line == line
        page = await editor.hover("family: Fa", "family: Famil")
        assert "## P101" in page, "the page of the code is shown where the fault is"
        editor.change("family: Famil\n", "family: Family\n")
        assert "P101" not in {fault.code for fault in await editor.faults()}
        editor.change("map:", "mpa:")
        assert "W001" in {fault.code for fault in await editor.faults()}

    _with_editor(talk)


@pytest.mark.slow
def test_an_editor_completes_explains_and_leads() -> None:
    async def talk(editor: _Editor) -> None:
        editor.open()
        await editor.faults()
        editor.change("family: Family", "family: ")
        assert {"Family"} <= await editor.labels("family: ", "family: ")
        editor.change("family: ", "fami: {fro: x}  # ")
        assert {"from", "lookup", "convert"} <= await editor.labels("{fro", "fami: {fro")
        editor.change("fami: {fro: x}  # ", "family: {from: Family, convert: [up]}  # ")
        assert "upper" in await editor.labels("[up", "[up]")
        editor.change("[up]}", "[upper], lookup: se}")
        assert "sex" in await editor.labels("lookup: se", "lookup: se}")
        editor.change("family: {from: Family, convert: [upper], lookup: se}  # ", "fam: Family  # ")
        assert {"family", "given"} <= await editor.labels("fam", "fam: Family")
        editor.change("fam: Family  # ", "family: Family")

        assert "class" in await editor.hover("famil", "family: Family")
        schema = REPOSITORY / "schemas/qm-police/notice-2.xsd"
        found = await editor.definition("family: Fam", "family: Family")
        assert found.uri == schema.as_uri()
        assert "Family" in schema.read_text("utf-8").split("\n")[found.range.start.line]
        table = await editor.definition("lookup: s", "lookup: sex")
        assert table.uri == (REPOSITORY / "mappings/qm-police/codes/sex.csv").as_uri()

    _with_editor(talk)


def test_without_the_library_the_command_says_what_to_install() -> None:
    config = str(REPOSITORY / "deploy/demo/gateway.yaml")
    program = "import sys; sys.modules['pygls'] = None; from gateway.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "mapping", "serve", "--config", config],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "CFG-097" in done.stderr + done.stdout
    assert "gateway[editor]" in done.stderr + done.stdout
