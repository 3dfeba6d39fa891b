"""Drop folders: the contract suites, crashes at every step, and what a hostile sender may lie in the way."""

import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.names import AgencyId, ItemId, Lane
from gateway.ports import Disposition, SendState
from gateway.system import SystemClock
from gateway.testing.contracts import (
    SINK_CHECKS,
    SOURCE_CHECKS,
    Arrived,
    Inbox,
    SinkCheck,
    SinkRig,
    SourceCheck,
    SourceRig,
    eventually,
    pending_item,
)
from gateway.testing.simulators import FolderAgency, FolderPartner
from gateway.transport.folder import FolderSink, FolderSource, place_file
from gateway.transport.folder_drop import Drop

AGENCY = AgencyId("agency-one")
CLOCK = SystemClock()


def listing(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@asynccontextmanager
async def source_rig(root: Path, *, marker: bool = False) -> AsyncIterator[SourceRig]:
    agency = FolderAgency(root, root / "receipts")
    count = 0

    async def publish(body: bytes, key: str | None, lane: Lane) -> None:
        nonlocal count
        count += 1
        agency.publish(f"n{count:04d}", body, key=key, lane=lane)
        if marker:
            (root / "in" / f"n{count:04d}.ready").touch()

    async def publish_set(files: Mapping[str, bytes], key: str) -> None:
        agency.publish_set("a set", files, key=key)

    async def reopen() -> FolderSource:
        return FolderSource(AGENCY, root, CLOCK, marker=marker, prefetch=4, poll=0.02)

    async def crash() -> None:
        """Nothing of it is kept in memory that matters."""

    async def waiting() -> int:
        return Drop(root, marker=marker, max_bytes=1, max_files=1).waiting()

    source = await reopen()
    # Lanes are noted, not preferred: to know a file's lane it would have to be opened before it is claimed.
    yield SourceRig(source, AGENCY, publish, crash, reopen, waiting, prefetch=4, lanes=False, publish_set=publish_set)
    await source.close()


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract(check: SourceCheck, tmp_path: Path) -> None:
    async with source_rig(tmp_path) as rig:
        await check(rig)


@pytest.mark.parametrize("check", SOURCE_CHECKS[:5], ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract_with_markers(check: SourceCheck, tmp_path: Path) -> None:
    async with source_rig(tmp_path, marker=True) as rig:
        await check(rig)


@pytest.mark.parametrize("check", SINK_CHECKS, ids=lambda check: check.__name__)
async def test_the_sink_keeps_its_contract(check: SinkCheck, tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    sink = FolderSink("partner/p1/folder", place)

    async def arrived() -> list[Arrived]:
        found = sorted(place.iterdir())
        return [Arrived(each.stem.partition("-")[2], each.read_bytes(), each.name) for each in found]

    async def cut() -> None:
        place.rename(tmp_path / "away")

    async def mend() -> None:
        (tmp_path / "away").rename(place)

    await check(SinkRig(sink, arrived, cut, mend, sink.close))


# ---------------------------------------------------------------- taking


def opened(root: Path, **options: object) -> tuple[FolderAgency, FolderSource]:
    agency = FolderAgency(root, root / "receipts")
    return agency, FolderSource(AGENCY, root, CLOCK, poll=0.02, **options)  # type: ignore[arg-type]  # options of a test


async def test_half_written_files_are_left_alone(tmp_path: Path) -> None:
    _, source = opened(tmp_path)
    (tmp_path / "in" / "x.tmp").write_bytes(b"half")
    (tmp_path / "in" / ".hidden").write_bytes(b"half")
    (tmp_path / "in" / "set").mkdir()
    (tmp_path / "in" / "y.meta.json").write_text('{"id":"y"}')
    inbox = Inbox(source)
    assert await inbox.silent()
    (tmp_path / "in" / "set" / "a").write_bytes(b"1")
    (tmp_path / "in" / "set.ready").touch()
    delivery = await inbox.take()
    assert [file.name for file in delivery.files] == ["a"]
    await delivery.settle(Disposition.ACCEPTED)
    await inbox.leave()
    await source.close()
    assert sorted(each.name for each in (tmp_path / "in").iterdir()) == [".hidden", "x.tmp", "y.meta.json"]


async def test_with_markers_a_file_waits_for_its_marker(tmp_path: Path) -> None:
    _, source = opened(tmp_path, marker=True)
    (tmp_path / "in" / "x.xml").write_bytes(b"whole?")
    inbox = Inbox(source)
    assert await inbox.silent()
    (tmp_path / "in" / "x.xml.ready").touch()
    await (await inbox.take()).settle(Disposition.ACCEPTED)
    assert not any((tmp_path / "in").iterdir())
    await inbox.leave()
    await source.close()


async def test_the_description_beside_a_file_gives_id_and_lane(tmp_path: Path) -> None:
    agency, source = opened(tmp_path, lane=Lane.PRIORITY)
    agency.publish("one", b"1", key="k-1", lane=Lane.FLASH)
    inbox = Inbox(source)
    first = await inbox.take()
    assert (first.key, first.lane) == ("k-1", Lane.FLASH)
    agency.publish("two", b"2")
    second = await inbox.take()
    assert (second.key, second.lane) == (None, Lane.PRIORITY)
    await inbox.leave()
    await source.close()


@pytest.mark.parametrize("text", ["{", "[]", '{"id":7}', '{"lane":"express"}', '{"lane":1}', '"x"', "\xff"])
async def test_a_description_that_cannot_be_read_refuses_its_file(tmp_path: Path, text: str) -> None:
    agency, source = opened(tmp_path)
    (tmp_path / "in" / "x.meta.json").write_bytes(text.encode("latin-1"))
    agency.publish("x", b"1")
    inbox = Inbox(source)
    assert await inbox.silent()
    assert any((tmp_path / "refused").glob("*/x")), "it is put aside"
    await inbox.leave()
    await source.close()


async def test_links_pipes_and_folders_are_never_followed_or_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    agency, source = opened(tmp_path / "drop")
    drop = tmp_path / "drop" / "in"
    (drop / "link").symlink_to(secret)
    (drop / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(drop / "pipe")
    (drop / "set").mkdir()
    (drop / "set" / "inner").symlink_to(secret)
    (drop / "set.ready").touch()
    (drop / "deep").mkdir()
    (drop / "deep" / "folder").mkdir()
    (drop / "deep.ready").touch()
    (drop / "empty").mkdir()
    (drop / "empty.ready").touch()
    agency.publish("good", b"good")
    inbox = Inbox(source)
    delivery = await inbox.take()
    assert delivery.files[0].data == b"good"
    await delivery.settle(Disposition.ACCEPTED)
    assert await inbox.silent()
    assert len(list((tmp_path / "drop" / "refused").iterdir())) == 3, "sets are put aside"
    await inbox.leave()
    await source.close()
    assert secret.read_bytes() == b"secret"
    assert (drop / "link").is_symlink()


async def test_a_file_over_the_limit_is_cut_where_the_reader_will_refuse_it(tmp_path: Path) -> None:
    agency, source = opened(tmp_path, max_bytes=1000)
    agency.publish("large", b"x" * 5000)
    inbox = Inbox(source)
    assert len((await inbox.take()).files[0].data) == 1001
    await inbox.leave()
    await source.close()


async def test_a_folder_of_ours_keeps_no_readable_copy_of_what_was_settled(tmp_path: Path) -> None:
    agency, source = opened(tmp_path, keep=False)
    agency.publish("one.xml", b"whole", key="k-1")
    agency.publish_set("a set", {"a": b"1", "b": b"2"}, key="k-2")
    inbox = Inbox(source)
    for _ in range(2):
        await (await inbox.take()).settle(Disposition.ACCEPTED)
    await inbox.leave()
    await source.close()
    assert not any(files for _, _, files in os.walk(tmp_path))


def test_a_death_while_a_settled_drop_is_removed_leaves_nothing_to_hand_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_after_the_description(folder: Path) -> None:
        next(folder.glob("*.meta.json")).unlink()
        raise KeyboardInterrupt

    opened(tmp_path, keep=False)[0].publish("one.xml", b"whole", key="k-1")
    drop = Drop(tmp_path, marker=False, max_bytes=100, max_files=9, keep=False)
    drop.prepare()
    claimed = drop.claim("one.xml", "1")
    assert claimed is not None
    monkeypatch.setattr(shutil, "rmtree", die_after_the_description)
    with pytest.raises(KeyboardInterrupt):
        drop.settle(claimed)
    monkeypatch.undo()
    restarted = Drop(tmp_path, marker=False, max_bytes=100, max_files=9, keep=False)
    restarted.prepare()
    assert restarted.recover() == []
    assert not any(files for _, _, files in os.walk(tmp_path))


async def test_oldest_first(tmp_path: Path) -> None:
    agency, source = opened(tmp_path)
    for age, name in enumerate(("c", "a", "b")):
        agency.publish(name, name.encode())
        os.utime(tmp_path / "in" / name, (1000 + age, 1000 + age))
    inbox = Inbox(source)
    assert [(await inbox.take()).files[0].data for _ in range(3)] == [b"c", b"a", b"b"]
    await inbox.leave()
    await source.close()


@pytest.mark.parametrize("step", range(4))
def test_a_crash_within_a_claim_is_put_right(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Die after each rename of a claim: whatever was moved, the drop is whole again and is taken once."""
    agency = FolderAgency(tmp_path, tmp_path / "receipts")
    drop = Drop(tmp_path, marker=True, max_bytes=100, max_files=9)
    drop.prepare()
    agency.publish_set("set", {"a": b"1"}, key="k-1")
    rename = Path.rename
    left = step

    class Died(Exception):
        pass

    def dying(self: Path, target: Path) -> Path:
        nonlocal left
        if left == 0:
            raise Died
        left -= 1
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", dying)
    died = False
    try:
        drop.claim("set", "n1")
    except Died:
        died = True
    assert died == (step < 3)
    monkeypatch.setattr(Path, "rename", rename)
    restarted = Drop(tmp_path, marker=True, max_bytes=100, max_files=9)
    found = restarted.recover()
    if not found:
        assert restarted.complete(10, set()) == ["set"]
        claimed = restarted.claim("set", "n2")
        assert claimed is not None
        found = [claimed]
    files, meta = restarted.read(found[0])
    assert [(file.name, file.data) for file in files] == [("a", b"1")]
    assert meta.key == "k-1"
    assert restarted.complete(10, set()) == []


async def test_file_names_never_reach_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agency, source = opened(tmp_path)
    agency.publish("CANARY-Eva-Example.xml", b"1")
    (tmp_path / "in" / "CANARY-link").symlink_to("/etc/passwd")
    (tmp_path / "in" / "CANARY-set").mkdir()
    (tmp_path / "in" / "CANARY-set.ready").touch()
    inbox = Inbox(source)
    delivery = await inbox.take()
    assert await inbox.silent()
    assert any((tmp_path / "refused").iterdir()), "the empty set is put aside"
    assert "CANARY" not in repr(delivery)
    await inbox.leave()
    await source.close()
    printed = capsys.readouterr()
    assert "folder.refused" in printed.out
    assert "CANARY" not in printed.out + printed.err


# ---------------------------------------------------------------- delivering


async def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    sink = FolderSink("partner/p1/folder", tmp_path)
    item = pending_item(1, payload=b"first")
    assert (await sink.send(item)).state is SendState.DELIVERED
    assert (await sink.send(item)).state is SendState.DELIVERED
    other = await sink.send(pending_item(1, payload=b"other"))
    assert (other.state, other.reason) == (SendState.QUARANTINED, "conflict")
    assert [place.read_bytes() for place in listing(tmp_path)] == [b"first"]


async def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    out = tmp_path / "out"
    out.mkdir()
    item = pending_item(1, payload=b"new")
    (out / f".{item.item}.tmp").symlink_to(victim)
    sink = FolderSink("partner/p1/folder", out)
    assert (await sink.send(item)).state is SendState.DELIVERED
    (out / f"routine-{pending_item(2).item}.json").symlink_to(victim)
    assert (await sink.send(pending_item(2))).state in {SendState.LINK_DOWN, SendState.QUARANTINED}
    assert victim.read_bytes() == b"untouched"


@pytest.mark.parametrize("item", ["", "../x", "a/b", ".", "x\n", "a" * 65])
async def test_an_item_id_that_is_no_file_name_is_never_written(tmp_path: Path, item: str) -> None:
    sink = FolderSink("partner/p1/folder", tmp_path)
    assert (await sink.send(replace(pending_item(1), item=ItemId(item)))).state is SendState.QUARANTINED
    assert not listing(tmp_path)


def test_the_file_is_flushed_before_it_has_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(handle: int) -> None:
        steps.append("fsync folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "fsync file")
        fsync(handle)

    def noted_link(source: Path, target: Path, *, follow_symlinks: bool) -> None:
        steps.append("link")
        link(source, target, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    assert place_file(tmp_path, "routine-i1.json", "i1", b"x")
    assert steps == ["fsync file", "link", "fsync folder"]
    steps.clear()
    # The attempt that linked it may have died before the last step.
    assert place_file(tmp_path, "routine-i1.json", "i1", b"x")
    assert steps[-1] == "fsync folder"


async def test_a_full_disk_is_a_fault_of_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "no space")

    sink = FolderSink("partner/p1/folder", tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    result = await sink.send(pending_item(1))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "no-space")
    assert not listing(tmp_path), "no half file is left"
    monkeypatch.undo()
    assert (await sink.send(pending_item(1))).state is SendState.DELIVERED


async def test_the_simulated_partner_reads_what_the_sink_writes(tmp_path: Path) -> None:
    sink = FolderSink("partner/p1/folder", tmp_path)
    partner = FolderPartner(tmp_path)
    for number in range(3):
        await sink.send(pending_item(number, payload=b"%d" % number, lane=Lane(number)))
    await sink.send(pending_item(0, payload=b"0", lane=Lane.FLASH))
    assert partner.collect() == 3
    await sink.send(pending_item(0, payload=b"0", lane=Lane.FLASH))
    assert partner.collect() == 0
    assert partner.mailbox.repeated == 1
    assert not partner.mailbox.differing
    digests = {hashlib.sha256(b"%d" % number).hexdigest() for number in range(3)}
    assert {each.digest for each in partner.mailbox.stored.values()} == digests


async def test_an_unreadable_folder_is_not_ready_and_comes_back(tmp_path: Path) -> None:
    agency, source = opened(tmp_path)
    inbox = Inbox(source)
    assert await inbox.silent()
    assert source.status.up
    (tmp_path / "in").rename(tmp_path / "gone")
    await eventually(lambda: _down(inbox, source), "not ready")
    (tmp_path / "gone").rename(tmp_path / "in")
    agency.publish("x", b"1")
    started = time.monotonic()
    await inbox.take()
    assert time.monotonic() - started < 5
    assert source.status.up
    await inbox.leave()
    await source.close()


async def _down(inbox: Inbox, source: FolderSource) -> bool:
    await inbox.silent()
    return not source.status.up
