"""Who decided that a decision set may run: versions, signed statements, how many must sign, activation, stops.

The walk: `signers.py` reads who may sign; `statement.py` says what is signed; `envelope.py` holds it and its signatures
(DSSE); `rule.py` says how many must sign, from the proof of what the change discloses; `record.py` reads the
governance log back; `proof.py` proves that an activation stands in it; `gate.py` decides whether a set may run.

Guarantees: what is not signed by enough distinct persons for exactly these digests, and recorded, is not admitted.
Holds no private key, reads no disk, has no clock.
"""

__all__: list[str] = []
