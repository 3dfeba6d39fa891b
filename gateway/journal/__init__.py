"""The durable store: inbox, outbox, log, quarantine and embedded queues in one SQLite file, one transaction per batch.

Guarantees that what a method has written is on the medium when it returns (WAL, `synchronous=FULL`, verified), that one
process owns a journal, that a terminal state and the bytes of an item never change, and that nothing from a document
stands in the file in clear. Does not decide, does not sign, has no clock.
"""
