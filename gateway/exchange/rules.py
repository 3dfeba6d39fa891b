"""What holds for a message as a whole: kind and body, markings of portions, thread, limits.

Works on one message; what holds between messages (two statuses in one thread) is asked of `handling`.
"""

from collections.abc import Iterator, Sequence

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonObject, JsonValue
from gateway.document.walk import levels
from gateway.errors import DocumentRefused, Fault
from gateway.exchange.handling import join_flags
from gateway.exchange.layout import ARRAYS, BODIES, ENTITY_ARRAYS
from gateway.exchange.sweep import Sweep
from gateway.exchange.values import fault

__all__ = [
    "DEPTH",
    "ENTITIES",
    "EXTENSIONS",
    "SIZE",
    "check_depth",
    "check_kind",
    "check_limits",
    "check_markings",
    "check_thread",
]

SIZE = 4 * 1024 * 1024
"""Bytes of a canonical message."""
EXTENSIONS = 256 * 1024
"""Bytes of the extensions of a message, canonical."""
ENTITIES = 2_000
"""Entities of a message, all kinds together."""
DEPTH = 12
"""Levels of a message, the outermost counted."""


def check_kind(message: JsonObject, found: Sweep) -> Iterator[Fault]:
    """Check what a kind needs beyond the schema: digests of what is handed over, one corrected body."""
    header = message.get("header")
    kind = header.get("kind") if isinstance(header, dict) else None
    if kind == "correction":
        others = [body for body in BODIES if body in message and body != "correction"]
        for body in others[1:]:
            yield fault("EXC-013", "a correction corrects one message", (body,), body, "leave one body beside it")
    if kind == "evidence-transfer":
        for reference in found.references:
            target = found.entities.get(reference.target)
            if reference.row.field == "transfer.items" and target is not None and "digest" not in target.value:
                problem = "evidence that is handed over needs a digest"
                yield fault("EXC-012", problem, target.path, "evidence.digest", "state the digest of the item")


def check_markings(message: JsonObject, order: Sequence[str]) -> Iterator[Fault]:
    """Check that no portion is marked higher than the message, in classification or flags."""
    header = message.get("header")
    top = header.get("handling") if isinstance(header, dict) else None
    highest = top.get("classification") if isinstance(top, dict) else None
    flags = _flags(top)
    for array, kind in ARRAYS.items():
        items = message.get(array)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            mark = item.get("handling") if isinstance(item, dict) else None
            if not isinstance(mark, dict):
                continue
            path = (array, position, "handling")
            own = mark.get("classification")
            if own in order and highest in order and order.index(str(own)) > order.index(str(highest)):
                field = f"{kind}.handling.classification"
                fix = "raise the classification of the message"
                yield fault("EXC-027", "marked higher than the message", (*path, "classification"), field, fix)
            if not set(_flags(mark)) <= set(flags):
                fix = "add the flag to the message, and mark the portions it does not apply to"
                problem = "a flag that the message does not have"
                yield fault("EXC-028", problem, (*path, "flags"), f"{kind}.handling.flags", fix)


def check_thread(message: JsonObject) -> Iterator[Fault]:
    """Check that a reply answers another message in another's thread, and that a message does not undo itself."""
    header = message.get("header")
    if not isinstance(header, dict):
        return
    own = header.get("id")
    conversation = header.get("conversation")
    conversation = conversation if isinstance(conversation, dict) else {}
    if own is None:
        return
    answered = conversation.get("in_reply_to")
    if answered == own:
        path = ("header", "conversation", "in_reply_to")
        yield fault("EXC-029", "a message cannot answer itself", path, "header.conversation.in_reply_to")
    elif answered is not None and conversation.get("thread") == own:
        path = ("header", "conversation", "thread")
        yield fault("EXC-029", "a reply belongs to the thread of another", path, "header.conversation.thread")
    for name in ("supersedes", "recalls"):
        others = header.get(name)
        if isinstance(others, list) and own in others:
            problem = "a message cannot supersede or recall itself"
            yield fault("EXC-029", problem, ("header", name), f"header.{name}")


def check_limits(message: JsonObject) -> Iterator[Fault]:
    """Check size, number of entities and size of extensions; depth where the schema found faults."""
    entities = sum(len(items) for array in ENTITY_ARRAYS if isinstance(items := message.get(array), list))
    if entities > ENTITIES:
        fix = "split lists into one message per record"
        yield fault("EXC-062", f"more than {ENTITIES:,} entities", (), "", fix)
    try:
        size = len(write_json(message))
        extensions = len(write_json(message["extensions"])) if "extensions" in message else 0
    except DocumentRefused as refused:
        yield from refused.faults
        return
    if size > SIZE:
        yield fault("EXC-060", f"more than {SIZE:,} bytes", (), "", "split lists into one message per record")
    if extensions > EXTENSIONS:
        yield fault("EXC-063", f"extensions of more than {EXTENSIONS:,} bytes", ("extensions",), "extension.value")


def check_depth(message: JsonObject) -> Iterator[Fault]:
    """Check the depth. Only what breaks the schema can be too deep: every shape of the format ends above the limit."""
    for depth, _ in enumerate(levels(message)):
        if depth >= DEPTH + 1:
            yield fault("EXC-061", f"nested more deeply than {DEPTH} levels", (), "")
            return


def _flags(handling: JsonValue) -> tuple[str, ...]:
    flags = handling.get("flags") if isinstance(handling, dict) else None
    return join_flags([[flag for flag in flags if isinstance(flag, str)]]) if isinstance(flags, list) else ()
