"""`gateway mapping schema`: the JSON Schema of the language, for YAML editors."""

from enum import StrEnum
from typing import Annotated

import orjson
import typer

from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Output
from gateway.mapping.load.editor_schema import editor_schema

__all__ = ["Of", "schema"]


class Of(StrEnum):
    """Which files."""

    MAPPING = "mapping"
    PART = "part"
    TESTS = "tests"


def schema(
    of: Annotated[Of, typer.Argument(help="Which files: mappings, part files or tests files.")] = Of.MAPPING,
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Print the JSON Schema of the language for editors. Example: gateway mapping schema mapping"""
    del config
    output = Output(as_json=as_json, color=not no_color)
    made = editor_schema(of)
    text = orjson.dumps(made, option=orjson.OPT_INDENT_2).decode()
    output.result(made, lambda words: words.print(text, markup=False, highlight=False, soft_wrap=True))
