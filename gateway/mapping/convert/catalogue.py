"""The closed list of converters, and how a call in a mapping becomes a function.

Guarantees that every converter says what it takes and gives, whether it can fail, and whether it can be undone; that
its arguments are checked when a mapping is loaded; and that it is pure: a value or `Bad(code)` out, never an exception
and never the value in an error. A new converter is a new entry of `CONVERTERS`; nothing registers itself.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.convert.converter import Bound, Converter
from gateway.mapping.convert.dates import DATE_CONVERTERS
from gateway.mapping.convert.identity import IDENTITY_CONVERTERS
from gateway.mapping.convert.numbers import NUMBER_CONVERTERS
from gateway.mapping.convert.text import TEXT_CONVERTERS
from gateway.mapping.language.rules import ConverterCall
from gateway.mapping.load.reading import suggestion

__all__ = ["CONVERTERS", "bind"]

CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {
        converter.name: converter
        for converter in (*TEXT_CONVERTERS, *NUMBER_CONVERTERS, *DATE_CONVERTERS, *IDENTITY_CONVERTERS)
    }
)
"""All converters by name."""


def bind(call: ConverterCall) -> Bound:
    """Make the function of a call. Raises `DefinitionRefused`: K001 unknown converter, K002 a wrong argument."""
    converter = CONVERTERS.get(call.name.text)
    if converter is None:
        message = f"unknown converter '{call.name.text}'{suggestion(call.name.text, CONVERTERS)}"
        raise DefinitionRefused(Fault("K001", message, call.name.place))
    return converter.bind(call)
