"""Canaries in every field of every agency's format, in file names and message ids, through the whole running gateway.

Accepted, refused, quarantined, repeated and conflicting messages, over queue, HTTP and drop folder. Afterwards every
place is searched: logs, ledger, receipts, answers, faults, files and their names, requests to webhooks, the journal's
bytes on disk, and what each partner got.
"""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
import pytest

from gateway.document.canonical import canonical
from gateway.document.tree import JsonObject
from tests.exchange.given import exchange_format
from tests.pipeline.demo_plan import SAMPLES, demo
from tests.privacy.agencies import plant
from tests.privacy.allowed import allowed_in
from tests.privacy.canaries import Canaries
from tests.privacy.maximal import Largest
from tests.privacy.passthrough import AS_EXCHANGE
from tests.privacy.watch import Watch
from tests.privacy.world import Publication, World, run_world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GOOD = (
    "qm-police/01-wanted.xml",
    "qm-police/03-trafficking-ring.xml",
    "qm-police/04-informant.xml",
    "qm-police/05-threat-to-life.xml",
    "qm-police/07-stolen-things.xml",
    "qm-border/01-hit-listed.json",
    "qm-border/03-hit-abducted-child.json",
    "qm-fiu/01-split-amounts.xml",
    "qm-fiu/02-third-party.xml",
    "qm-customs/01-findings.csv",
    "qm-cyber/01-loader-campaign.json",
    "qm-cyber/02-account-takeover.json",
)


@dataclass(frozen=True)
class Published:
    """What was published, with which canaries, and the codes for which there is a document that fails."""

    canaries: Canaries
    listed: list[Publication]
    codes: set[str]


@cache
def published() -> Published:
    """Every sample full of canaries, one failing document per code, and of each agency a repetition and a conflict."""
    canaries = Canaries()
    listed: list[Publication] = []
    codes: set[str] = set()
    for sample in GOOD:
        agency, _, name = sample.partition("/")
        planted = plant(sample, (SAMPLES / sample).read_bytes(), demo().plan, canaries)
        ending = name.rpartition(".")[2]

        def add(body: bytes, key: str = "", agency: str = agency, ending: str = ending) -> str:
            key = key or canaries.issue(f"{agency}: message id").letters
            file = canaries.issue(f"{agency}: file name").letters
            listed.append(Publication(agency, key, f"{file}.{ending}", body))
            return key

        key = add(planted.accepted)
        add(planted.accepted, key)
        add(planted.accepted + b"\n", key)
        for code, body in planted.failing.items():
            if code.partition(" ")[0] not in codes or code[-1].isdigit():
                codes.add(code.partition(" ")[0])
                add(body)
    return Published(canaries, listed, codes)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One run with everything, searched by all tests of this file."""
    return run_world(tmp_path_factory.mktemp("world"), published().listed)


def leaks(world: World, canaries: Canaries) -> dict[str, list[str]]:
    """Every place that holds a canary, or a plain hash of one, and where those were planted."""
    found = {}
    for name, hay in world.searched.items():
        if numbers := canaries.found(hay) | canaries.hashed(hay):
            found[name] = canaries.named(numbers)[:10]
    for copy in world.copies:
        message: JsonObject = orjson.loads(copy.exchange)
        if more := canaries.found(copy.body) - allowed_in(message, copy.account, canaries):
            found.setdefault(f"copy of {copy.partner}", []).extend(canaries.named(more))
    return found


def test_every_path_is_run(world: World) -> None:
    """Accepted, refused, quarantined, duplicate and conflict, and every code for which a document was found."""
    assert all(world.states[word] >= 5 for word in ("accepted", "refused", "quarantined", "duplicate", "conflict"))
    assert published().codes <= world.codes
    assert len(world.codes) > 25


def test_partners_get_much_so_that_the_search_sees_something(world: World) -> None:
    seen: dict[str, set[int]] = {}
    for copy in world.copies:
        seen.setdefault(copy.partner, set()).update(published().canaries.found(copy.body))
    assert len(seen["qn-police"]) > 120
    assert len(seen["eu-centre"]) > 100
    assert len(seen["qs-bureau"]) > 30
    assert len(seen["world-office"]) > 20


def test_no_canary_is_anywhere_but_in_the_copies_that_the_accounts_allow(world: World) -> None:
    assert leaks(world, published().canaries) == {}


def test_a_sender_gets_its_own_message_id_back_and_no_other(world: World) -> None:
    canaries = published().canaries
    for agency, receipt in world.receipts:
        own = {f"{agency}: message id"}
        assert set(canaries.named(canaries.found(receipt))) <= own


def test_the_largest_messages_of_the_format_leak_nowhere(tmp_path: Path) -> None:
    canaries = Canaries()
    listed = []
    for kind in ("person-notice", "transaction-report", "evidence-transfer", "cyber-indicators"):
        for scheme in (False, True):
            made = Largest(
                exchange_format(), canaries, kind, "serious-crime", ["suspect", "victim"], scheme=scheme
            ).message()
            key, name = (canaries.issue(f"{AS_EXCHANGE}: {what}").letters for what in ("message id", "file name"))
            listed.append(Publication(AS_EXCHANGE, key, name, canonical(made)))
    world = run_world(tmp_path, listed)
    assert len(world.copies) >= 8
    assert leaks(world, canaries) == {}


def test_no_value_of_ours_says_what_it_holds(tmp_path: Path) -> None:
    canaries = Canaries()
    listed = []
    for sample in (
        "qm-police/05-threat-to-life.xml",
        "qm-border/03-hit-abducted-child.json",
        "qm-customs/03-drill.csv",
    ):
        agency, _, name = sample.partition("/")
        planted = plant(sample, (SAMPLES / sample).read_bytes(), demo().plan, canaries)
        for body in (planted.accepted, *planted.failing.values()):
            key, file = (canaries.issue(f"{agency}: {what}").letters for what in ("message id", "file name"))
            listed.append(Publication(agency, key, f"{file}-{name}", body))
    with Watch() as watch:
        run_world(tmp_path, listed)
    assert len(watch.said) > 120
    assert watch.leaks(canaries).keys() == {"gateway.cli.manifest.Manifest", "gateway.cli.manifest.Sample"}, "our input"


# ---------------------------------------------------------------- these tests can fail


def test_a_leak_planted_in_any_place_is_found(world: World) -> None:
    canaries = published().canaries
    number = canaries.places.index("qm-police: file name")
    secret = next(each for each in published().listed if canaries.found(each.name) == {number}).name.encode()
    for name, hay in world.searched.items():
        tainted = World(world.folder, searched={name: hay + b" " + base64.b64encode(secret)})
        assert leaks(tainted, canaries) == {name: ["qm-police: file name"]}, name


def test_a_partner_that_gets_the_copy_of_another_is_found(world: World) -> None:
    canaries = published().canaries
    richest = max(world.copies, key=lambda copy: len(canaries.found(copy.body)))
    poorest = next(copy for copy in world.copies if copy.partner == "world-office")
    swapped = type(richest)(poorest.partner, poorest.item, richest.body, poorest.exchange, poorest.account)
    assert leaks(World(world.folder, copies=[swapped]), canaries).keys() == {"copy of world-office"}
