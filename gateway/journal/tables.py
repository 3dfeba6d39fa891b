"""The tables of the journal, their version, and how an older file becomes a newer one.

What SQLite can hold by itself it holds here: one inbox row per (agency, key), one row per item id (which is derived
from message, route, partner, kind and generation: docs/adr/0022), states that exist, terminal states that stay, bytes
that stay, leaves that are only ever added. Columns that may hold content are BLOBs written by `sealed`; they stand
last in their rows so that lists do not read them.
"""

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION"]

APPLICATION_ID = 0x67775F6A
"""`gw_j`: tells a journal from any other SQLite file."""

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL) STRICT;
INSERT INTO owner VALUES (1, 0);

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    lookup BLOB NOT NULL UNIQUE CHECK (length(lookup) = 32),
    agency TEXT NOT NULL,
    digest BLOB NOT NULL,
    taken_at TEXT NOT NULL,
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 3),
    plan TEXT NOT NULL,
    received BLOB CHECK (received IS NULL OR length(received) = 32),
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    retention_days INTEGER NOT NULL CHECK (retention_days >= 0),
    wrapped BLOB NOT NULL,
    source_key BLOB NOT NULL,
    original BLOB
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    message TEXT NOT NULL UNIQUE,
    inbox INTEGER NOT NULL REFERENCES inbox (id),
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 3),
    taken_at TEXT NOT NULL,
    code TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    notes BLOB NOT NULL,
    lineage BLOB,
    exchange BLOB
) STRICT;
CREATE INDEX messages_inbox ON messages (inbox);

CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    item TEXT NOT NULL UNIQUE,
    message INTEGER NOT NULL REFERENCES messages (id),
    partner TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'receipt', 'recall', 'correction')),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    about TEXT NOT NULL,
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 3),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    due TEXT NOT NULL,
    reasons TEXT NOT NULL,
    withheld TEXT NOT NULL,
    media_type TEXT NOT NULL,
    decision BLOB CHECK (decision IS NULL OR length(decision) = 32),
    decision_index INTEGER,
    digest BLOB,
    wrapped BLOB,
    account BLOB,
    payload BLOB,
    CHECK (waiting = 1 OR state < 4),
    CHECK (state < 4 OR (payload IS NOT NULL AND digest IS NOT NULL)),
    CHECK (kind = 'receipt' OR state <> 4 OR decision IS NOT NULL)
) STRICT;
CREATE INDEX items_of_message ON items (message);
CREATE INDEX items_waiting ON items (partner, lane, id) WHERE waiting = 1;
CREATE INDEX items_quarantined ON items (id) WHERE state = 3;
CREATE INDEX items_receipts ON items (partner, id) WHERE kind = 'receipt';

CREATE TRIGGER items_terminal BEFORE UPDATE OF state ON items WHEN OLD.state < 4 AND NEW.state <> OLD.state BEGIN
SELECT RAISE(ABORT, 'terminal state changed'); END; CREATE TRIGGER items_bytes BEFORE UPDATE OF item, digest, payload
ON items WHEN NEW.item <> OLD.item OR NEW.digest IS NOT OLD.digest OR (NEW.payload IS NOT NULL AND NEW.payload IS NOT
OLD.payload) BEGIN SELECT RAISE(ABORT, 'bytes changed'); END; CREATE TRIGGER items_stay BEFORE DELETE ON items BEGIN
SELECT RAISE(ABORT, 'item deleted'); END;

CREATE TABLE attempts (
    item INTEGER NOT NULL REFERENCES items (id),
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    reason TEXT NOT NULL,
    due TEXT NOT NULL,
    leaf_index INTEGER,
    PRIMARY KEY (item, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE logs (id INTEGER PRIMARY KEY, kind TEXT NOT NULL UNIQUE, origin TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE leaves (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES logs (id),
    idx INTEGER NOT NULL CHECK (idx >= 0),
    type TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    data BLOB NOT NULL CHECK (length(data) <= 4096),
    UNIQUE (log, idx)
) STRICT;
CREATE TRIGGER leaves_never_change BEFORE UPDATE ON leaves BEGIN SELECT RAISE(ABORT, 'leaf changed'); END;
CREATE TRIGGER leaves_stay BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'leaf deleted'); END;

CREATE TABLE checkpoints (
    log INTEGER NOT NULL REFERENCES logs (id),
    size INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID; CREATE TRIGGER checkpoints_never_change BEFORE UPDATE ON checkpoints BEGIN SELECT
RAISE(ABORT, 'checkpoint changed'); END; CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints BEGIN SELECT
RAISE(ABORT, 'checkpoint deleted'); END;

CREATE TABLE openings (
    message INTEGER NOT NULL REFERENCES messages (id),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    sealed BLOB NOT NULL,
    PRIMARY KEY (message, leaf)
) STRICT, WITHOUT ROWID;

-- Kept by every transaction, so that a page with totals never counts over the items.
CREATE TABLE tally (
    partner TEXT NOT NULL,
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (partner, agency, kind, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    max_bytes INTEGER NOT NULL CHECK (max_bytes >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    messages INTEGER NOT NULL CHECK (messages >= 0)
) STRICT;
CREATE TABLE queued (
    tag INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queues (id),
    bytes INTEGER NOT NULL,
    deliveries INTEGER NOT NULL CHECK (deliveries >= 0),
    wrapped BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX queued_in_order ON queued (queue, tag);
"""

MIGRATIONS = (_FIRST,)
"""Step n makes version n + 1 of version n. A step is never edited once it was released; a new one is added."""

VERSION = len(MIGRATIONS)
