"""A gateway for law-enforcement agencies: read strictly, map declaratively, disclose by policy, deliver with proof.

The path of a message, in the order in which the rooms of this package stand::

    transport   takes it from the agency's queue               (the queue still owns it)
    document    reads the bytes, strictly, with limits         bytes -> tree
    mapping     says it in the common words                    tree -> exchange messages and their lineage
    exchange    checks the common form                         schema, references, required header
    policy      decides, per partner, what may be said         default: nothing; builds up, never deletes
    mapping     says it in the partner's words                 exchange message -> tree -> bytes
    custody     states what will be done                       leaves without personal data, digests
    journal     makes all of it durable, in one transaction    inbox row, leaves, one outbox row per partner
    transport   acknowledges the agency's queue                only now
    transport   delivers from the outbox                       same id and bytes each try, until confirmed
    journal     records the outcome                            a leaf and a receipt

``pipeline`` is that corridor and is pure: bytes and a plan in, an ``Outcome`` out. ``engine`` performs outcomes.
A reader who opens these two files knows the system.

This file imports nothing, so that importing any one room costs only that room.
"""

__version__ = "0.1.0"
