"""Lineage of messages and copies, on the demo's samples: complete, composed through both mappings, without values."""

import pytest

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.message import leaves
from gateway.mapping.run.lineage import How, target_text
from gateway.mapping.run.report import mapping_of, stamped
from gateway.names import ItemKind, PartnerId
from gateway.outcome import Received
from gateway.pipeline import run
from gateway.pipeline.lineage import MessageLineage, copy_lineage, message_lineages
from gateway.pipeline.partner import circumstances_of
from gateway.plan import Plan
from tests.pipeline.demo_plan import SAMPLES, demo, received


def existing() -> list[str]:
    found = [path.relative_to(SAMPLES).as_posix() for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    return [name for name in found if name.split("/")[-1][:2] in {"01", "02", "07"}]


@pytest.mark.parametrize("sample", existing())
def test_every_leaf_of_a_message_and_of_every_copy_has_one_record(sample: str) -> None:
    plan = demo().plan
    given = received(sample)
    recorded = {message.message: message for message in run(given, plan).messages}
    for lineage in message_lineages(given, plan):
        filled = [record.target for record in lineage.records if record.how is not How.NULL]
        assert filled == [path for _, path, _ in leaves(lineage.whole)]
        assert recorded[lineage.message].lineage == stamped(lineage.raw, lineage.digest)
        assert mapping_of(recorded[lineage.message].lineage) == lineage.digest
        if recorded[lineage.message].exchange is None:
            continue
        known = {target_text(path): value for _, path, value in leaves(lineage.whole)}
        for partner in plan.routes:
            disclosed = disclosed_to(partner, lineage, given, plan)
            copy = copy_lineage(lineage, partner, given, plan)
            assert bool(copy) == (disclosed is not None)
            assert all(text in known for leaf in copy for text in leaf.through)
            if disclosed is not None and all(leaf.outbound is None for leaf in copy):
                holds_values(disclosed, {leaf.text: (leaf.through, leaf.levels) for leaf in copy}, known)
            assert not any(shown in repr(copy) + repr(lineage.records) for shown in secrets(lineage.whole))


def holds_values(
    disclosed: JsonObject,
    copy: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
    known: dict[str, JsonValue],
) -> None:
    """What is disclosed in full is, at the end of its way, what stands in the common form; ids are made anew."""
    values = {target_text(path): value for _, path, value in leaves(disclosed)}
    assert values.keys() == copy.keys()
    ids = {value for text, value in known.items() if text.endswith(".id")}
    for text, (through, levels) in copy.items():
        if levels == ("full",) and known[through[0]] not in ids:
            assert known[through[0]] == values[text], text


def disclosed_to(partner: PartnerId, lineage: MessageLineage, given: Received, plan: Plan) -> JsonObject | None:
    header = lineage.whole["header"]
    assert isinstance(header, dict)
    item = plan.identity.item(lineage.message, partner, partner, ItemKind.MESSAGE, 0)
    return plan.policy.disclose(lineage.whole, partner, circumstances_of(header, item, partner, given, plan)).message


def secrets(whole: JsonObject) -> list[str]:
    """Names, numbers and texts of people that stand in a message."""
    told = ("full", "family", "number", "reference", "registration", "text", "street")
    return [
        str(value)
        for _, path, value in leaves(whole)
        if path[-1] in told and len(str(value)) > 5 and path[0] != "header"
    ]
