"""What each stage of the path costs, in microseconds per delivery: the corridor, then receipts and journal.

    python -m bench.stages [--rounds 60] [--engine interpreted] [--json]

One good sample of each agency of the demo is walked stage by stage in one process, with every table warm; medians over
all rounds. Decide, write and look are the sum over the demo's four partners. Compare the stages with each other, not
with those of another machine.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from gateway.app import JOURNAL_KEY, RECEIPT_KEY
from gateway.deployment import Deployment, open_deployment
from gateway.engine.scribe import Scribe
from gateway.exchange.message import complete
from gateway.exchange.validate import validate
from gateway.journal.sqlite import SqliteJournal, open_journal
from gateway.mapping.api import EngineName, Envelope, Mapped, choose_mapping
from gateway.names import AgencyId, Digest, ItemKind, Lane, MessageId, PartnerId, SourceKey, Status
from gateway.outcome import Received, SourceFile
from gateway.pipeline import inbox_digest, run
from gateway.pipeline.statement import Statement
from gateway.plan import Plan
from gateway.policy.circumstances import Circumstances
from gateway.ports import Commit, Pending, SendResult, SendState
from tests.shared import REPOSITORY

__all__ = ["SAMPLES", "main", "measure", "show"]

SAMPLES = (
    "qm-police/01-wanted.xml",
    "qm-fiu/01-split-amounts.xml",
    "qm-border/01-hit-listed.json",
    "qm-cyber/01-loader-campaign.json",
    "qm-customs/01-findings.csv",
)
CORRIDOR = ("read", "map", "validate", "decide", "write", "look", "state")
AROUND = ("whole corridor", "receipts", "commit", "record")
BATCH = 50
"""Deliveries per group commit, and items per record."""

_AT = "2026-11-25T10:00:00.000Z"
_Work = ParamSpec("_Work")
_Given = TypeVar("_Given")


@dataclass
class Stopwatch:
    """Microseconds per stage and round; what a stage does several times in one round is added up."""

    rounds: list[dict[str, float]] = field(default_factory=list)

    def begin(self) -> None:
        """A new round."""
        self.rounds.append({})

    def time(self, stage: str, work: Callable[_Work, _Given], *given: _Work.args, **more: _Work.kwargs) -> _Given:
        """Do some work and note how long it took."""
        began = time.perf_counter()
        found = work(*given, **more)
        used = (time.perf_counter() - began) * 1e6
        self.rounds[-1][stage] = self.rounds[-1].get(stage, 0.0) + used
        return found

    def medians(self) -> dict[str, float]:
        """The median of each stage."""
        stages = dict.fromkeys(stage for each in self.rounds for stage in each)
        return {stage: statistics.median(each[stage] for each in self.rounds if stage in each) for stage in stages}


def delivery(sample: str, key: str = "k") -> Received:
    """One delivery of a sample by the agency whose folder it is in."""
    body = (REPOSITORY / "deploy/demo/samples" / sample).read_bytes()
    agency = AgencyId(sample.partition("/")[0])
    return Received(agency, SourceKey(key), (SourceFile(body),), _AT, b"e" * 32, Lane.ROUTINE)


def walk(given: Received, plan: Plan, watch: Stopwatch) -> None:
    """The corridor, stage by stage: every message of one delivery, every partner."""
    channel = plan.channels[given.agency]
    mapping, document = watch.time("read", choose_mapping, channel.mappings, given.files)
    digest = Digest("hmac:" + inbox_digest(given.files, plan.secrets).hex())
    envelope = Envelope(given.agency, channel.country, given.key, given.taken_at, digest)
    for mapped in watch.time("map", list[Mapped], mapping.apply(document, envelope, plan.identity)):
        if mapped.message is None:
            raise SystemExit("a sample was not accepted: nothing was measured")
        message = watch.time(
            "validate",
            complete,
            mapped.message,
            message_id=mapped.message_id,
            agency=channel.agency,
            country=channel.country,
            status=channel.status,
            exchange=plan.exchange,
        )
        watch.time("validate", validate, message, plan.exchange)
        header = message["header"]
        assert isinstance(header, dict)
        statement = Statement(given, plan, mapped.message_id)
        watch.time("state", statement.received, message, Status(str(header["status"])))
        for partner, route in plan.routes.items():
            item = plan.identity.item(mapped.message_id, partner, partner, ItemKind.MESSAGE, 0)
            situation = circumstances(plan, partner, mapped.message_id, str(header["purpose"]))
            disclosure = watch.time("decide", plan.policy.disclose, message, partner, situation)
            body = None
            if disclosure.message is not None:
                written = watch.time("write", route.writer.apply, disclosure.message)
                body = written.bodies[0]
                kind = written.media_type
                watch.time(
                    "look",
                    plan.guard.look,
                    message,
                    partner,
                    situation,
                    body,
                    disclosed=disclosure.message,
                    media_type=kind,
                )
            watch.time("state", statement.decided, item, disclosure, header, body)


def circumstances(plan: Plan, partner: PartnerId, message: MessageId, purpose: str) -> Circumstances:
    """What the corridor tells the policy about one item; the samples refer to no other message."""
    return Circumstances(
        taken_at=_AT,
        item=plan.identity.item(message, partner, partner, ItemKind.MESSAGE, 0),
        identity=plan.identity,
        home_country=plan.home_country,
        plan=plan.digest,
        pseudonym_key=plan.secrets.pseudonym_key(partner, purpose, _AT[:4]),
    )


def around(sample: str, deployment: Deployment, journal: SqliteJournal, number: int, watch: Stopwatch) -> None:
    """The corridor as it runs, receipts, one group commit and one record; each divided by the deliveries in it."""
    scribe = Scribe(deployment.keys.signer(RECEIPT_KEY, "bench"), lambda: deployment.plan)
    one = Stopwatch()
    one.begin()
    commits = []
    for index in range(BATCH):
        outcome = one.time("whole corridor", run, delivery(sample, f"{number}-{index}"), deployment.plan)
        commits.append(Commit(outcome, one.time("receipts", scribe.receipts_of, outcome)))
    one.time("commit", journal.commit, commits)
    items = [item for partner in deployment.plan.routes for item in due(journal, partner)]
    sent = SendResult(SendState.DELIVERED)
    attempts = [one.time("receipts", scribe.attempt, item, sent, _AT, "") for item in items]
    one.time("record", journal.record, attempts)
    watch.begin()
    watch.rounds[-1] = {stage: used / BATCH for stage, used in one.rounds[0].items()}


def due(journal: SqliteJournal, partner: PartnerId) -> list[Pending]:
    """Everything that waits for a partner."""
    return [item for lane in Lane for item in journal.pending(partner, lane, 1_000, _AT, frozenset())]


def measure(rounds: int, engine: EngineName) -> dict[str, dict[str, float]]:
    """Microseconds per delivery, by sample and stage."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        deployment = open_deployment(
            REPOSITORY / "deploy/demo/gateway.yaml", data=Path(name), engine=engine, embedded=True
        )
        journal = open_journal(Path(name) / "journal.db", deployment.keys.derive(JOURNAL_KEY), name="bench")
        try:
            for sample in SAMPLES:
                walk(delivery(sample), deployment.plan, Stopwatch([{}]))
                stages, rest = Stopwatch(), Stopwatch()
                for number in range(rounds):
                    stages.begin()
                    walk(delivery(sample), deployment.plan, stages)
                    if number % 10 == 0:
                        around(sample, deployment, journal, number, rest)
                found[sample] = stages.medians() | rest.medians()
        finally:
            journal.close()
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--engine", choices=("compiled", "interpreted"), default="compiled")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    found = measure(chosen.rounds, chosen.engine)
    if chosen.json:
        print(json.dumps({"engine": chosen.engine, "rounds": chosen.rounds, "microseconds": found}))
        return
    show(chosen.engine, found)


def show(engine: str, found: dict[str, dict[str, float]]) -> None:
    """Print one table."""
    print(f"{engine} engine, microseconds per delivery to four partners; receipts, commit and record by {BATCH}s")
    print(f"{'':<34}" + "".join(f"{stage:>10}" for stage in (*CORRIDOR, "corridor", *AROUND[1:])))
    for sample, stages in found.items():
        shown = [stages.get(stage, 0.0) for stage in (*CORRIDOR, *AROUND)]
        print(f"{sample:<34}" + "".join(f"{each:>10,.0f}" for each in shown))


if __name__ == "__main__":
    main()
