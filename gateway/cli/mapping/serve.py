"""`gateway mapping serve`: the language server of mappings."""

import importlib.util

from gateway.cli.explain import pages
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.deployment import read_plan
from gateway.editor.answers import Answers
from gateway.errors import DefinitionRefused, Fault

__all__ = ["serve"]


def serve(config: Config = default_config(), as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Serve editors over stdin and stdout (LSP); editors start it. Example: gateway mapping serve"""
    del as_json, no_color
    if importlib.util.find_spec("pygls") is None:
        fix = 'install it: pip install "gateway[editor]"'
        raise DefinitionRefused(Fault("CFG-097", "the language server needs pygls, which is not installed", fix=fix))
    from gateway.editor.server import serve as serve_editors  # pygls is optional

    plan, files, exchange = read_plan(config)
    base = (config.resolve().parent / plan.base).resolve()
    serve_editors(base, Answers(files, exchange, pages()))
