"""A canary in every leaf of the exchange format: a partner sees what its account calls sent in full, and nobody else.

Every kind of message, as large as the format allows, to every partner of the demo under the demo's policy, through the
corridor with its last look.
"""

from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from gateway.exchange.layout import BODY_OF
from gateway.exchange.shape import ValueKind
from gateway.exchange.validate import validate
from gateway.mapping.api import Written
from gateway.names import Digest, PartnerId, State
from gateway.outcome import Outcome
from gateway.pipeline import run
from gateway.plan import ExchangeWriter, Route
from tests.exchange.given import exchange_format
from tests.privacy.allowed import allowed_in
from tests.privacy.canaries import Canaries, Canary
from tests.privacy.direct import Case, leaks, plan, received
from tests.privacy.maximal import Largest, planted_kinds
from tests.privacy.watch import Watch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROLES = [role for role in exchange_format().vocabulary.words("role") if role != "informant"]
PURPOSES = ("serious-crime", "trafficking", "financial-crime", "border", "missing-person", "restrictive-measures")
KINDS = tuple(BODY_OF)


def largest(kind: str, *, open_: bool = True, scheme: bool = False, roles: Sequence[str] = ()) -> Case:
    number = KINDS.index(kind)
    canaries = Canaries()
    chosen = roles or ROLES[number % 3 :: 3]
    purpose = PURPOSES[number % len(PURPOSES)] if not roles else PURPOSES[0]
    made = Largest(exchange_format(), canaries, kind, purpose, chosen, open_=open_, scheme=scheme).message()
    assert validate(made, exchange_format()) == ()
    return Case(canaries, made, run(received(made), plan()))


def test_every_kind_of_leaf_with_free_characters_gets_a_canary() -> None:
    planted: set[str] = set()
    for kind in KINDS:
        for open_ in (True, False):
            for scheme in (True, False):
                canaries = Canaries()
                Largest(exchange_format(), canaries, kind, "border", ["suspect"], open_=open_, scheme=scheme).message()
                planted |= set(canaries.places)
    rows = exchange_format().catalogue.fields
    kinds = planted_kinds()
    named = {_without_positions(place) for place in planted}
    free = {row.path.removeprefix("$.").replace("[*]", "") for row in rows.values() if row.kind in kinds}
    ours = {path for path in free if path.startswith("header.disclosure.")}
    fixed = {"header.issued", "header.exercise", "header.originator.agency", "header.handling.retain_until"}
    words = {path for path in free - named if path.endswith(".code") or _is_word(path)}
    assert free - named - ours - fixed - words == set()


def _without_positions(place: str) -> str:
    return "".join(part.partition("]")[2] if number else part for number, part in enumerate(place.split("[")))


def _is_word(path: str) -> bool:
    """Leaves of closed lists have a kind of their own only where a code may also be a foreign one."""
    row = next(row for row in exchange_format().catalogue.fields.values() if row.path.replace("[*]", "") == f"$.{path}")
    return bool(row.vocabulary) and row.kind is not ValueKind.TEXT


@pytest.mark.parametrize("shape", ["open", "foreign codes", "held back"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_partner_sees_only_what_its_account_calls_sent_in_full(kind: str, shape: str) -> None:
    case = largest(kind, open_=shape != "held back", scheme=shape == "foreign codes")
    assert leaks(case) == {}


@pytest.mark.parametrize("roles", [["suspect"], ["victim"], ["missing"], ["reported"], ["informant", "suspect"]])
def test_whoever_the_person_is(roles: list[str]) -> None:
    assert leaks(largest("person-notice", roles=roles)) == {}


def test_much_is_sent_so_that_the_tests_above_see_something() -> None:
    """In the exchange format everything that the account calls sent in full is there, ids apart."""
    case = largest("information-request", roles=["suspect", "victim", "contact"])
    seen = {}
    for item in case.outcome.messages[0].items:
        if item.payload is not None:
            seen[item.partner] = case.canaries.found(item.payload)
            allowed = allowed_in(case.message, orjson.loads(item.account), case.canaries)
            if isinstance(plan().routes[item.partner].writer, ExchangeWriter):
                missing = case.canaries.named(allowed - seen[item.partner])
                assert [place for place in missing if not _is_ours(place)] == []
    assert len(seen[PartnerId("qn-police")]) > 200
    assert len(seen[PartnerId("eu-centre")]) > 50
    assert len(seen[PartnerId("qs-bureau")]) > 50


def _is_ours(place: str) -> bool:
    """Ids of messages and entities are made anew for each partner; the agency is the one that is connected."""
    return place.endswith((".id", ".thread", "originator.agency")) or "supersedes" in place or "recalls" in place


def test_no_value_of_ours_says_what_it_holds() -> None:
    canaries = Canaries()
    made = Largest(exchange_format(), canaries, "information-request", "trafficking", ["suspect", "victim"]).message()
    cold = plan()
    with Watch() as watch:
        run(received(made), cold)
        received(made)
    assert len(watch.said) > 60
    ids = {name for name in watch.said if name.endswith((".Circumstances", ".Facts", ".Finish"))}
    assert watch.leaks(canaries).keys() <= ids, "only ids may be shown, and only by these"


# ---------------------------------------------------------------- these tests can fail


class _Leaking:
    """A partner's format that says more than it was given."""

    digest = Digest("sha256:" + "1" * 64)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def apply(self, message: JsonObject) -> Written:
        body = canonical({**message, "x": self._secret})
        return Written("accepted", (body,), "application/json", ())


RAW = "persons[0].births[0].date.raw"
"""A leaf of free text: no partner gets it."""


def with_format(case: Case, writer: _Leaking) -> Outcome:
    """What the corridor makes of a message when one partner's format is another."""
    routes = {**plan().routes, PARTNER: Route(PARTNER, writer)}
    return run(received(case.message), replace(plan(), routes=routes))


PARTNER = PartnerId("qn-police")


def secret_of(case: Case) -> str:
    """The value that stands in the leaf `RAW`."""
    return Canary(case.canaries.places.index(RAW)).text


def test_a_planted_leak_in_a_copy_is_found() -> None:
    case = largest("person-notice", roles=["suspect"])
    leaky = replace(case, outcome=with_format(case, _Leaking(secret_of(case).encode().hex())))
    assert leaks(leaky) == {PARTNER: [RAW]}


def test_the_last_look_stops_a_plain_leak_before_it_is_one() -> None:
    case = largest("person-notice", roles=["suspect"])
    outcome = with_format(case, _Leaking(secret_of(case)))
    states = {item.partner: item.state for item in outcome.messages[0].items}
    assert states[PARTNER] is State.QUARANTINED
    assert leaks(replace(case, outcome=outcome)) == {}
