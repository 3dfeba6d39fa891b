"""Carries out what officers and operators decide, on the journal that one process owns: activate, revoke, stop, lift.

The same code in a running gateway (asked through the folder of requests) and in a command beside a gateway that stands
still. Every act is verified first, then stands in the governance log, and only then takes effect.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Collection
from typing import Protocol

from gateway.custody.checkpoint import sign_checkpoint
from gateway.custody.leaf import Leaf, leaf
from gateway.deployment.comparison import Comparison, Side
from gateway.deployment.requests import Asked, Requests
from gateway.deployment.versions import ACTIVATION, Version, Versions
from gateway.document.canonical import sha256
from gateway.errors import Fault, GatewayError, InvariantBroken, JournalError, NotPermitted
from gateway.governance.envelope import signed_by
from gateway.governance.gate import Candidate, admit
from gateway.governance.proof import make_proof
from gateway.governance.record import Activation, Record, read_record
from gateway.governance.request import LIFT, REVOKE, STOP, Request, accepted
from gateway.governance.rule import Change, Verdict, judge, missing, required
from gateway.governance.signers import Signer
from gateway.governance.statement import DECIDING, STATEMENT_TYPE, shown_faults
from gateway.names import Digest, PartnerId
from gateway.ports import Clock, Journal
from gateway.ports import Signer as LogSigner
from gateway.telemetry import logger

__all__ = ["Compare", "Effects", "Governor", "no_comparison"]

_LOOK_SECONDS = 0.2
_LEAKS = frozenset({"POL-101", "POL-102"})
"""What the last look says where something withheld was about to leave."""

Compare = Callable[[Side, Side], Comparison]
"""(active version, new one) -> what the change discloses."""


def no_comparison(_before: Side, _after: Side) -> Comparison:
    """Decides nothing: every change counts as one that may disclose more."""
    return Comparison(Verdict(Change.UNKNOWN))


class Effects(Protocol):
    """What must follow at once in a running gateway."""

    def hold(self, partner: PartnerId) -> None:
        """Send this partner nothing from now on; its items stay."""
        ...

    def release(self, partner: PartnerId) -> None:
        """Send again."""
        ...


class Governor:
    """Reads and writes the governance log of one journal. `officers` is the key that hides who acted in leaves."""

    def __init__(
        self,
        *,
        journal: Journal,
        versions: Versions,
        log_signer: LogSigner,
        officers: bytes,
        clock: Clock,
        partners: Collection[str],
        compare: Compare = no_comparison,
    ) -> None:
        self._journal = journal
        self._versions = versions
        self._log_signer = log_signer
        self._officers = officers
        self._clock = clock
        self._partners = partners
        self._compare = compare
        self._running: Activation | None = None
        self._origin = next(log for log in journal.logs() if log.endswith("/governance"))
        self.record: Record = read_record(journal.leaves(self._origin))
        """Where things stand, as the log says."""

    # ---- the gate ----------------------------------------------------------------------------------------------------

    def admit(self, candidate: Candidate) -> Activation | None:
        """Give the activation under which a set may run here, None for an unsigned set of test partners.

        Raises NotPermitted (GOV codes) for every other set.
        """
        holding = self.record.in_force(candidate.today)
        version = None if holding is None else self._versions.recorded(holding.envelope)
        dossier = None if version is None else version.dossier
        self._running = admit(candidate, dossier, self.record, self._origin, [self._log_signer.public()])
        return self._running

    # ---- activation --------------------------------------------------------------------------------------------------

    def activate(self, name: str) -> Activation:
        """Verify a version, write its leaf, seal the log, and keep the proof beside the version.

        Where the log has it already and its proof is lost (a crash in between, a damaged file), only the proof is made.
        Raises DefinitionRefused and NotPermitted (GOV codes); then nothing was written.
        """
        version = self._versions.open_one(name)
        if (known := self._unproved(version)) is not None:
            self._prove(version, known)
            return known
        verdict = self._verified(version)
        statement, now = version.statement, self._clock.now()
        people = version.new_signers or version.signers
        leaves: list[Leaf] = []
        if people.digest != self.record.signers:
            signatures = len(self._signed(version))
            previous = self.record.signers or None
            leaves.append(leaf("signers", now, list=people.digest, signatures=signatures, previous=previous))
        leaves.append(
            leaf(
                "activation",
                now,
                decision_function=statement.digests["decision_function"],
                envelope=sha256(version.envelope),
                signers=version.signers.digest,
                signatures=len(self._signed(version)),
                verdict=verdict.change.value,
                policy=statement.policy,
                version=statement.version,
                previous=statement.previous or None,
                **{"from": statement.valid_from, "until": statement.valid_until},
            )
        )
        self._write(leaves)
        newest = self.record.newest
        if newest is None:
            raise InvariantBroken(Fault("GOV-005", "an activation that was just written is not in the log"))
        self._prove(version, newest)
        return newest

    def _unproved(self, version: Version) -> Activation | None:
        """Its activation in the log, where the proof beside it is missing or does not hold."""
        if version.proof is not None and version.proof.holds(self._origin, [self._log_signer.public()]):
            return None
        digest = sha256(version.envelope)
        return next((each for each in reversed(self.record.activations) if each.envelope == digest), None)

    def verdict_of(self, version: Version) -> Verdict:
        """What this version does compared with the active one, judged here and now."""
        active = self.record.active
        before = None if active is None else self._versions.recorded(active.envelope)
        if version.new_signers is not None:
            return Verdict(Change.WIDER, ("the list of signers changes",))
        if before is None:
            return judge(None, version.statement.digests, None)
        old, new = _side(before), _side(version)
        claimed = version.statement.verdict
        if claimed.change in {Change.WIDER, Change.UNKNOWN}:
            # Two must sign in any case: nothing is won by comparing once more.
            return judge(old.digests, new.digests, claimed)
        return judge(old.digests, new.digests, self._compare(old, new).verdict)

    def _verified(self, version: Version) -> Verdict:
        statement, record = version.statement, self.record
        faults: list[Fault] = []
        if statement.previous != (record.newest.hash if record.newest else ""):
            fix = "propose it again: it was compared with another version than the newest"
            faults.append(Fault("GOV-006", "this version does not follow the newest one in the log", fix=fix))
        if record.signers and version.signers.digest != record.signers:
            fix = "propose it again under the list of signers on record"
            faults.append(Fault("GOV-011", "this version was signed under another list of signers", fix=fix))
        claimed = (statement.signers, statement.new_signers)
        if claimed != (version.signers.digest, version.new_signers.digest if version.new_signers else ""):
            faults.append(Fault("GOV-004", "the lists of signers are not those that were signed", fix="propose again"))
        if self._clock.now()[:10] > statement.valid_until:
            faults.append(Fault("GOV-007", f"this version has expired: it held until {statement.valid_until}"))
        faults += shown_faults(statement, version.reports)
        verdict = self.verdict_of(version)
        if verdict.change is Change.UNCHANGED:
            faults.append(Fault("GOV-016", "this is the active version: nothing has changed"))
        faults += missing(required(verdict), self._signed(version), {statement.author})
        if faults:
            raise NotPermitted(*faults)
        return verdict

    def _signed(self, version: Version) -> tuple[Signer, ...]:
        return signed_by(version.envelope, STATEMENT_TYPE, version.signers)

    def _prove(self, version: Version, newest: Activation) -> None:
        size, root = self._journal.seal(self._origin)
        note = sign_checkpoint(self._origin, size, root, self._log_signer)
        self._journal.store_checkpoint(self._origin, size, note)
        proof = make_proof([*self._journal.leaves(self._origin)][:size], newest.index, note)
        self._versions.write(version, ACTIVATION, proof.written())

    # ---- requests ----------------------------------------------------------------------------------------------------

    def carry_out(self, envelope: bytes) -> Request:
        """Verify a request and write its leaf. Raises DefinitionRefused and NotPermitted (GOV codes)."""
        people = self._versions.signers(self.record.signers)
        request, signer = accepted(envelope, people, self.record, self._clock.now())
        now = self._clock.now()
        common = {"reason": request.reason, "request": request.digest, "by": self._by(signer, now)}
        partner = PartnerId(request.partner)
        if request.kind == REVOKE:
            self._write([leaf("revocation", now, activation=self._in_force(now[:10]).hash, **common)])
            return request
        if partner not in self._partners:
            fix = f"one of: {', '.join(self._partners)}"
            raise NotPermitted(Fault("GOV-014", "the plan has no such partner", fix=fix))
        kinds = {STOP: "stop", LIFT: "resume"}
        self._write([leaf(kinds[request.kind], now, partner=partner, **common)])
        return request

    def hit(self, partner: PartnerId, code: str, effects: Effects) -> None:
        """The last look has stopped an item: a leak of this kind stops the partner until an officer lifts it.

        A process that did not answer, or bytes that cannot be read back, are no leak: their items stay, the partner
        goes on. Raises JournalError.
        """
        if code not in _LEAKS or partner in self.record.stopped:
            return
        effects.hold(partner)
        self._write([leaf("stop", self._clock.now(), partner=partner, reason="guard")])
        logger().warning("partner.stopped", partner=partner, reason="guard")

    def _in_force(self, today: str) -> Activation:
        """What holds today, not what is scheduled after it; that is next, once the former was revoked."""
        found = (self.record.in_force(today), self.record.newest)
        active = next((each for each in found if each is not None and each.hash not in self.record.revoked), None)
        if active is None:
            raise NotPermitted(Fault("GOV-010", "no version is active: there is nothing to revoke"))
        return active

    def _by(self, signer: Signer | None, now: str) -> Digest | None:
        """Who acted, for those who hold the deployment's keys and know whom to ask about; different in each leaf."""
        if signer is None:
            return None
        return Digest("sha256:" + hmac.new(self._officers, f"{now}/{signer.id}".encode(), hashlib.sha256).hexdigest())

    def _write(self, leaves: list[Leaf]) -> None:
        self._journal.append(leaves)
        self.record = read_record(self._journal.leaves(self._origin))

    # ---- in a running gateway ----------------------------------------------------------------------------------------

    def catch_up(self, requests: Requests) -> None:
        """Carry out what was asked for while no gateway ran. Raises NotPermitted (GOV-006) for a revocation."""
        for asked in requests.waiting():
            self.handle(asked, requests, None)

    async def serve(self, requests: Requests, effects: Effects, stopping: asyncio.Event) -> None:
        """Carry out requests until `stopping`.

        Raises NotPermitted once the version that runs is revoked (GOV-006) or its last day is over (GOV-007): messages
        then wait in their queues, instead of being withheld one by one.
        """
        while not stopping.is_set():
            self._check_days()
            for asked in requests.waiting():
                self.handle(asked, requests, effects)
            try:
                await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    def _check_days(self) -> None:
        running = self._running
        if running is not None and running.until and self._clock.now()[:10] > running.until:
            fix = "propose, sign and activate a version that is in force, then start the gateway again"
            raise NotPermitted(Fault("GOV-007", f"the version that runs held until {running.until}", fix=fix))

    def handle(self, asked: Asked, requests: Requests, effects: Effects | None) -> None:
        """Carry out one request, let it take effect, and answer it."""
        revoked = False
        try:
            if asked.what == "activate":
                activation = self.activate(asked.content.decode("ascii", "replace"))
                logger().info("policy.activated", version=str(activation.version))
                said = {"activation": activation.hash}
            else:
                request = self.carry_out(asked.content)
                revoked = request.kind == REVOKE
                _take_effect(request, effects)
                said = {"request": request.digest}
        except (JournalError, InvariantBroken):
            raise
        except GatewayError as error:
            logger().warning("request.refused", code=error.code)
            requests.answer(asked, error.faults, {})
            return
        requests.answer(asked, (), said)
        if revoked:
            fix = "activate another version, then start the gateway again"
            raise NotPermitted(Fault("GOV-006", "the active version was revoked: the gateway stops", fix=fix))


def _take_effect(request: Request, effects: Effects | None) -> None:
    """In the running engine, if there is one already; the log says it in any case."""
    partner = PartnerId(request.partner)
    if request.kind == STOP:
        logger().warning("partner.stopped", partner=partner, reason=request.reason)
        if effects is not None:
            effects.hold(partner)
    elif request.kind == LIFT:
        logger().warning("partner.lifted", partner=partner, reason=request.reason)
        if effects is not None:
            effects.release(partner)
    else:
        logger().warning("policy.revoked", reason=request.reason)


def _side(version: Version) -> Side:
    return Side(version.files, {part: version.statement.digests.get(part, Digest("")) for part in DECIDING})
