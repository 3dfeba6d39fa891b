"""Converters of texts: trimming, case, replacing, padding, cutting."""

import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.mapping.convert.converter import Arguments, Bad, Bound, Converted, Converter, Cut
from gateway.mapping.language.rules import ConverterCall, Named, Word

__all__ = ["PLAIN", "TEXT_CONVERTERS", "as_text", "fold", "nfc", "squash"]


_FEW = 4
"""So many replacements are faster than one translation."""


def nfc(text: str) -> str:
    """Give Unicode normalization form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Give a text for comparing: compatibility forms, without accents and case."""
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)).casefold())


def squash(text: str) -> str:
    """Give a text with single blanks between its words."""
    return " ".join(text.split())


def _plain(name: str, function: Callable[[str], str], summary: str, method: str = "") -> Converter:
    def run(value: object, _depends: str) -> Converted:
        return function(as_text(value))

    def bind(call: ConverterCall) -> Bound:
        Arguments(call).none()
        return Bound(converter, run, methods=((method,),) if method else ())

    converter = Converter(name, ("text",), "text", fails=False, bind=bind, summary=summary)
    return converter


def as_text(value: object) -> str:
    """Give the text of a value between converters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, Cut) else str(value)


def _filled(text: str) -> Converted:
    """A converter that leaves an empty text makes it bad, not missing."""
    return text or Bad("K207")


def _remove(call: ConverterCall) -> Bound:
    characters = Arguments(call).text("the characters to remove")
    table = str.maketrans("", "", characters)
    methods = tuple(("replace", character, "") for character in dict.fromkeys(characters))
    return Bound(
        _REMOVE,
        lambda value, _: _filled(as_text(value).translate(table)),
        methods=methods if len(methods) <= _FEW else (),
    )


def _replace(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    if not isinstance(arguments.argument, Named) or not arguments.argument.entries:
        arguments.refuse("needs what to replace by what: {replace: {OLD: NEW}}")
    pairs = [(key.text, arguments.word_of(new, "the replacement")) for key, new in arguments.argument.entries]

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        for old, new in pairs:
            text = text.replace(old, new)
        return _filled(text)

    return Bound(_REPLACE, run, methods=tuple(("replace", old, new) for old, new in pairs))


def _prefix(call: ConverterCall) -> Bound:
    text = Arguments(call).text("the text to put in front")
    return Bound(_PREFIX, lambda value, _: text + as_text(value), methods=(("prefix", text),))


def _suffix(call: ConverterCall) -> Bound:
    text = Arguments(call).text("the text to put behind")
    return Bound(_SUFFIX, lambda value, _: as_text(value) + text, methods=(("suffix", text),))


def _pad(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    named = arguments.named(("width", "with", "side"), ("width",))
    width = arguments.whole_of(named.get("width"), "width", 1, 512)
    filler = named.get("with")
    character = "0" if filler is None else arguments.word_of(filler, "with")
    if len(character) != 1:
        arguments.refuse("'with' must be one character")
    side = named.get("side")
    right = side is not None and arguments.word_of(side, "side") == "right"
    if side is not None and (not isinstance(side, Word) or side.text not in {"left", "right"}):
        arguments.refuse("'side' must be left or right")
    if right:
        return Bound(_PAD, lambda value, _: as_text(value).ljust(width, character))
    return Bound(_PAD, lambda value, _: as_text(value).rjust(width, character))


def _truncate(call: ConverterCall) -> Bound:
    longest = Arguments(call).whole("the number of characters", 1, 20_000)

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        return text if len(text) <= longest else Cut(text[:longest].rstrip() or text[:longest])

    return Bound(_TRUNCATE, run)


def _flatten(call: ConverterCall) -> Bound:
    Arguments(call).none()
    # Reading does the work: an element with children has a value only where this converter stands.
    return Bound(_FLATTEN, lambda value, _: squash(as_text(value)))


def _text(name: str, bind: Callable[[ConverterCall], Bound], summary: str, *, fails: bool = False) -> Converter:
    return Converter(name, ("text",), "text", fails=fails, bind=bind, summary=summary)


_REMOVE = _text("remove", _remove, "leave out each of these characters", fails=True)
_REPLACE = _text("replace", _replace, "put other texts for these, one after the other", fails=True)
_PREFIX = _text("prefix", _prefix, "put a text in front")
_SUFFIX = _text("suffix", _suffix, "put a text behind")
_PAD = _text("pad", _pad, "fill up to a width")
_TRUNCATE = _text("truncate", _truncate, "cut after so many characters, with a warning")
_FLATTEN = _text("flatten", _flatten, "read an element with children as one text")

PLAIN: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"trim": str.strip, "squash": squash, "upper": str.upper, "lower": str.lower, "nfc": nfc, "fold": fold}
)
"""The converters without arguments as plain functions."""

TEXT_CONVERTERS: tuple[Converter, ...] = (
    _plain("trim", str.strip, "take white space off both ends", "strip"),
    _plain("squash", squash, "take white space off both ends and leave single blanks inside"),
    _plain("upper", str.upper, "write in capital letters", "upper"),
    _plain("lower", str.lower, "write in small letters", "lower"),
    _plain("nfc", nfc, "compose characters (Unicode normalization form C)"),
    _plain("fold", fold, "take off accents and case, for comparing"),
    _REMOVE,
    _REPLACE,
    _PREFIX,
    _SUFFIX,
    _PAD,
    _TRUNCATE,
    _FLATTEN,
)
"""Trim, squash, upper, lower, nfc, fold, remove, replace, prefix, suffix, pad, truncate, flatten."""
