"""Every code that this room gives, with one line of meaning. Each has a section in `docs/codes/POL.md`; none is reused.

`POL-001` to `POL-059` are found when files are loaded, `POL-060` to `POL-070` when tests and checks run,
`POL-080` to `POL-088` are warnings over all cases, `POL-090` to `POL-099` are our own faults, `POL-1nn` come from the
last look at the bytes.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODES"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "POL-001": "a keyword that does not belong here",
        "POL-002": "a line that is missing",
        "POL-003": "a list, a text or a group of lines where another form is expected",
        "POL-004": "a word that is not in the vocabulary",
        "POL-005": "an empty list or an empty text",
        "POL-006": "an entry that is repeated",
        "POL-007": "an id that is used twice",
        "POL-008": "an id that cannot be one",
        "POL-009": "a group or regime that no registered partner belongs to",
        "POL-010": "a group named like a partner, a regime or a word of the language",
        "POL-011": "a companion file of another version than the one named",
        "POL-012": "a day that cannot be read, or an end before the beginning",
        "POL-013": "not a whole number",
        "POL-014": "special categories of data shared without a reason",
        "POL-015": "a field that rules do not decide",
        "POL-016": "text that is not in the normal form NFC",
        "POL-017": "an entry that is not exactly one share, limit or condition",
        "POL-018": "a file that is too deep or too large",
        "POL-019": "a condition without a place in the channel, or without its words",
        "POL-020": "a sentence of the language that was changed",
        "POL-021": "a level that a field does not have",
        "POL-022": "a classification line that cannot be read",
        "POL-023": "a file that is missing",
        "POL-024": "a promise that is not exactly one of its four forms",
        "POL-025": "a rule that adds conditions which a partner's channel cannot carry",
        "POL-040": "words with other gaps than they must have",
        "POL-041": "words that cannot be told apart",
        "POL-042": "a file of words named for another language",
        "POL-043": "a language without words",
        "POL-060": "a test whose expectation is not met",
        "POL-061": "a rule that no test exercises",
        "POL-062": "a promise that is broken",
        "POL-063": "a promise about which nothing could be decided",
        "POL-064": "tests to which no case can be added",
        "POL-070": "a field catalogue that is not what the schemas give",
        "POL-071": "pages that cannot be written",
        "POL-072": "a question about nothing",
        "POL-073": "a difference that is too wide to be computed",
        "POL-074": "a path without a version of a policy",
        "POL-080": "a rule that is about no case",
        "POL-081": "a rule that is never decisive",
        "POL-082": "a rule that says nothing that another does not say",
        "POL-083": "conditions that no channel carries",
        "POL-085": "data without their grading",
        "POL-086": "stricter to a partner of the Union than at home",
        "POL-087": "an instrument that ends before the policy",
        "POL-088": "a promise about no case",
        "POL-090": "a decision table that differs from the definition",
        "POL-091": "a disclosed message that the exchange format refuses",
        "POL-092": "a report of a difference that would leave something out",
        "POL-101": "a withheld value in the bytes for a partner",
        "POL-102": "a value in the disclosed message that the decision does not allow",
        "POL-103": "bytes for a partner that the last look cannot read",
        "POL-104": "a process of the last look that did not answer",
    }
)
