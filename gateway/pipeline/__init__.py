"""The corridor: read, map, check, decide, say, state. Bytes and a plan in, an `Outcome` out.

Pure: no clock, no network, no disk, no log. Same bytes, same plan: same outcome, byte for byte, except for the salts of
commitments. Fails closed: whatever goes wrong becomes a decision to disclose nothing, under a stable code.
"""

from gateway.pipeline.corridor import run
from gateway.pipeline.ending import CONFLICT, quarantine
from gateway.pipeline.inbox import conflict_key, inbox_digest, source_key

__all__ = ["CONFLICT", "conflict_key", "inbox_digest", "quarantine", "run", "source_key"]
