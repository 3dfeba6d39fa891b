"""Journal rows as JSON and as tables: the same words in every command. Ids, states and codes, never content."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from gateway.cli.output import fault_json
from gateway.custody.receipt import read_receipt
from gateway.journal.read import ItemView, MessageRow, MessageView
from gateway.policy.explain import explained_lines

__all__ = ["account_table", "explained", "item_json", "item_table", "message_json", "message_table", "row_json"]

_SHOWN = 8
"""Paths that are named where many have one explanation."""


def row_json(row: MessageRow) -> dict[str, Any]:
    """One line of a list of messages."""
    return {
        "message": row.message,
        "agency": row.agency,
        "kind": row.kind,
        "status": row.status,
        "lane": row.lane.name,
        "taken_at": row.taken_at,
        "state": row.state.word,
        "code": row.code,
        "cursor": row.cursor,
    }


def item_json(item: ItemView) -> dict[str, Any]:
    """One item with its attempts."""
    return {
        "item": item.item,
        "message": item.message,
        "agency": item.agency,
        "partner": item.partner,
        "state": item.state.word,
        "lane": item.lane.name,
        "generation": item.generation,
        "reasons": list(item.reasons),
        "decision": item.decision,
        "leaf": item.leaf,
        "attempts": [
            {"number": each.number, "at": each.at, "state": each.state.word, "reason": each.reason, "due": each.due}
            for each in item.tries
        ],
    }


def message_json(view: MessageView) -> dict[str, Any]:
    """One message with everything that is not content."""
    return row_json(view.row) | {
        "plan": view.plan,
        "files": view.files,
        "bytes": view.bytes,
        "items": [item_json(item) for item in view.items],
        "receipts": [read_receipt(receipt.payload) for receipt in view.receipts],
        "faults": [fault_json(fault) for fault in view.faults],
    }


def message_table(words: Console, rows: list[MessageRow]) -> None:
    """A page of messages."""
    if not rows:
        words.print("No messages. Publish one: gateway send FILE --agency AGENCY")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("taken", "message", "agency", "kind", "status", "lane", "state", "code"):
        table.add_column(heading)
    for row in rows:
        lane, state = row.lane.name, row.state.word
        table.add_row(row.taken_at, row.message, row.agency, row.kind, row.status, lane, state, row.code)
    words.print(table)
    words.print(f"Older ones: --before {rows[-1].cursor}")


def item_table(words: Console, items: Sequence[ItemView]) -> None:
    """The items of a message, or of a quarantine page."""
    table = Table(box=None, pad_edge=False)
    for heading in ("partner", "state", "lane", "attempts", "reasons", "item", "message"):
        table.add_column(heading)
    for item in items:
        reasons = ", ".join(item.reasons)
        lane, state = item.lane.name, item.state.word
        table.add_row(item.partner, state, lane, str(item.attempts), reasons, item.item, item.message)
    words.print(table)


def account_table(words: Console, account: bytes) -> None:
    """The decision of one item, field by field, in words."""
    told = orjson.loads(account)
    reasons = f" ({', '.join(told['reasons'])})" if told["reasons"] else ""
    words.print(f"{told['partner']}: {told['outcome']}{reasons}")
    for condition in told["conditions"]:
        words.print(f"  condition: {condition}")
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "level", "what became of it", "rules", "law"):
        table.add_column(heading)
    for item in told["items"]:
        laws = dict.fromkeys(law for rule in item["rules"] for law in told["laws"].get(rule, ()))
        table.add_row(item["path"], item["level"], item["fate"], ", ".join(item["rules"]), "; ".join(laws))
    words.print(table)
    explanations = told.get("explanations", [])
    answers = [(item["path"], item["level"], explanations[item["why"]]) for item in told["items"] if "why" in item]
    explained(words, answers)


def explained(words: Console, answers: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Why each field is shown as it is, and what would have to change: (path, level, explanation), alike ones once."""
    alike: dict[str, tuple[str, Mapping[str, Any], list[str]]] = {}
    for path, level, explanation in answers:
        key = orjson.dumps([level, explanation]).decode()
        alike.setdefault(key, (level, explanation, []))[2].append(path)
    for level, explanation, paths in alike.values():
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        words.print(f"\n{', '.join(paths[:_SHOWN])}{more}: {level}")
        for line in explained_lines(explanation):
            words.print(f"  {line}")
