"""How alike two names are: letters, words, a short list of words that mean the same. Gives a figure, decides nothing.

Names are cut at capitals and signs, plural is singular, and what a format calls `Surname` is what another calls
`family`. Everything else is the likeness of letters (difflib), so that a guess can be explained in one clause.
"""

import difflib
import re
from functools import lru_cache

__all__ = ["GENERIC", "alike", "joined", "singular"]

_SAME: dict[str, str] = {
    "family": "surname lastname last familyname familienname nachname nom",
    "given": "forename firstname first givenname givennames forenames vorname prenom",
    "full": "fullname wholename completename displayname",
    "birthdate": "dob dateofbirth born birthday birth",
    "birthplace": "pob placeofbirth",
    "sex": "gender",
    "nationality": "citizenship citizen",
    "registration": "plate licenceplate licenseplate registrationnumber numberplate regno",
    "vin": "chassis chassisnumber vehicleidentificationnumber",
    "number": "no num nr",
    "expires": "expiry expirydate expirationdate validuntil exp",
    "reference": "id ref msgref messageid identifier referencenumber recordid",
    "issued": "created timestamp ts sent dategenerated createdat issuedat sentat",
    "precedence": "priority prio",
    "classification": "level securitylevel marking",
    "purpose": "reason",
    "locality": "town city",
    "postcode": "zip zipcode postalcode plz",
    "region": "province county",
    "street": "streetaddress addressline",
    "country": "ctry land countrycode nation",
    "issuer": "issuedby issuingcountry issuingauthority",
    "person": "subject individual traveller passenger party suspect people",
    "organisation": "organization company entity business firm",
    "object": "vehicle car thing property goods weapon gun",
    "location": "site",
    "event": "incident occurrence",
    "document": "papers doc identification idcard",
    "name": "alias aka",
    "address": "addr",
    "contact": "phone email telephone",
    "offence": "offense crime charge",
    "instructions": "instruction remark",
    "language": "lang",
}
_CANONICAL = {other: word for word, others in _SAME.items() for other in others.split()}
_FILLERS = ("text", "code", "value", "field")
_SHORTEST = 4
"""Letters that a word must have to count at the end of a longer name."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")

GENERIC = frozenset("kind type value code name text date place number status note id reference title country".split())
"""Words that say little without the word above them."""


@lru_cache(maxsize=20_000)
def joined(name: str) -> str:
    """Give a name as one word in small letters: `DATE_OF_BIRTH` and `dateOfBirth` are one."""
    return "".join(_WORD.findall(name)).lower()


def _bare(word: str) -> str:
    """Give a name without the word for what kind of thing it is: `CityText` is a city."""
    for filler in _FILLERS:
        if word.endswith(filler) and len(word) > len(filler) + 3:
            return word.removesuffix(filler)
    return word


def singular(word: str) -> str:
    """Give a word without its plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


@lru_cache(maxsize=50_000)
def alike(left: str, right: str) -> float:
    """Give how alike a name of the target and one of the source are, from 0 to 1.

    1 for the same word, 0.95 for words that mean the same, 0.85 for a source name that ends in such a word.
    """
    one, other = singular(joined(left)), singular(joined(right))
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if _CANONICAL.get(one, one) == _CANONICAL.get(other, other):
        return 0.95
    other = _bare(other)
    if one == other:
        return 0.95
    spellings = (one, *_SAME.get(one, "").split())
    if any(len(word) >= _SHORTEST and other.endswith(word) for word in spellings):
        return 0.85
    matcher = difflib.SequenceMatcher(None, one, other)
    return round(matcher.ratio(), 2) if matcher.real_quick_ratio() > 0.6 else 0.0
