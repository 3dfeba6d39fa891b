"""Converters of what identifies: countries, languages, telephone numbers, names of travel documents, check digits."""

import re

from gateway.mapping.convert.code_lists import COUNTRIES, LANGUAGES
from gateway.mapping.convert.converter import Arguments, Bad, Bound, Converted, Converter
from gateway.mapping.convert.text import as_text
from gateway.mapping.language.rules import ConverterCall

__all__ = ["CHECKSUMS", "IDENTITY_CONVERTERS", "iban", "icao", "luhn"]

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
_PHONE = re.compile(r"\+?[0-9 ()./\-]{3,40}")
_MRZ = re.compile(r"[A-Z<]{3,44}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LUHN = re.compile(r"[0-9]{2,32}")
_ICAO = re.compile(r"[A-Z0-9<]{1,30}[0-9]")


def _country(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value).upper()
        return COUNTRIES.get(text) or Bad("K401")

    return Bound(_COUNTRY, run)


def _language(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        if not _TAG.fullmatch(text):
            return Bad("K402")
        primary, *rest = text.split("-")
        known = LANGUAGES.get(primary.upper())
        if known is None and len(primary) == 2:
            return Bad("K402")
        return "-".join([known or primary.lower(), *rest])

    return Bound(_LANGUAGE, run)


def _phone(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    home = ""
    if arguments.argument is not None:
        named = arguments.named(("country",), ("country",))
        home = arguments.word_of(named.get("country"), "country").removeprefix("+")
        if not (home.isascii() and home.isdigit() and 1 <= len(home) <= 3):
            arguments.refuse("country is a dialling code of one to three digits")

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        if not _PHONE.fullmatch(text):
            return Bad("K403")
        digits = "".join(character for character in text if character.isdigit())
        if text.startswith("+"):
            pass
        elif digits.startswith("00"):
            digits = digits[2:]
        elif home:
            digits = home + digits.removeprefix("0")
        else:
            return Bad("K403")
        return f"+{digits}" if 7 <= len(digits) <= 15 and digits[0] != "0" else Bad("K403")

    return Bound(_PHONE_CONVERTER, run)


def _mrz_name(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        if not _MRZ.fullmatch(text):
            return Bad("K404")
        family, _, given = text.rstrip("<").partition("<<")
        names = [" ".join(part.replace("<", " ").split()) for part in (family, given)]
        if not names[0]:
            return Bad("K404")
        return ", ".join(name for name in names if name)

    return Bound(_MRZ_NAME, run)


def _checksum(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    kind = arguments.text("the kind of check digit")
    check = CHECKSUMS.get(kind)
    if check is None:
        arguments.refuse(f"the kind is one of {', '.join(CHECKSUMS)}")

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        return text if check(text) else Bad("K405")

    return Bound(_CHECKSUM, run)


def iban(text: str) -> bool:
    """ISO 13616: the rearranged number leaves 1 when divided by 97."""
    if not _IBAN.fullmatch(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1: the weighted digits add up to a multiple of ten."""
    if not _LUHN.fullmatch(text):
        return False
    total = 0
    for position, character in enumerate(reversed(text)):
        digit = int(character) * (2 if position % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def icao(text: str) -> bool:
    """ICAO 9303: weights 7, 3, 1 over digits, letters and fillers; the last digit is the check digit."""
    if not _ICAO.fullmatch(text):
        return False
    total = 0
    for position, character in enumerate(text[:-1]):
        value = 0 if character == "<" else int(character, 36)
        total += value * (7, 3, 1)[position % 3]
    return total % 10 == int(text[-1])


CHECKSUMS = {"iban": iban, "luhn": luhn, "icao": icao}
"""The kinds of `checksum`."""

_COUNTRY = Converter("country", ("text",), "text", True, _country, summary="give the ISO 3166-1 alpha-2 code of a code")
_LANGUAGE = Converter(
    "language", ("text",), "text", True, _language, summary="give the shortest BCP 47 tag of a language"
)
_PHONE_CONVERTER = Converter("phone", ("text",), "text", True, _phone, summary="write a telephone number as E.164")
_MRZ_NAME = Converter(
    "mrz_name", ("text",), "text", True, _mrz_name, summary="read the name field of an ICAO 9303 zone"
)
_CHECKSUM = Converter("checksum", ("text",), "text", True, _checksum, "checksum", summary="check a check digit")

IDENTITY_CONVERTERS: tuple[Converter, ...] = (_COUNTRY, _LANGUAGE, _PHONE_CONVERTER, _MRZ_NAME, _CHECKSUM)
"""Country, language, phone, mrz_name, checksum."""
