-- +goose Up

-- The MY page clients. Rows are only added; the newest row of a name is the client as it is
-- now. live holds 40 bytes for each key that is accepted: its SHA-256 and when it was made.
-- entry is the row of the audit log that was written with this one and holds the beginning
-- of its mac. The audit log has just as many rows about clients as this table, in the same
-- order, so that none can be planted, changed, taken away or put back. The macs are under
-- the keys that seal the audit log, which live as long as it does. Times are
-- milliseconds since 1970, 0: never.
CREATE TABLE client_states (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  name      TEXT    NOT NULL,
  scopes    TEXT    NOT NULL,
  live      BLOB    NOT NULL,
  made      INTEGER NOT NULL,
  suspended INTEGER NOT NULL,
  entry     INTEGER NOT NULL,
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

CREATE INDEX audit_clients ON audit_entries (action, seq)
  WHERE action IN ('client_add', 'client_rotate', 'client_revoke', 'client_suspend');

-- The day (since 1970, UTC) on which a key was last used, for whoever wants to revoke the
-- old one of two. It decides nothing.
CREATE TABLE client_uses (
  hash BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
  day  INTEGER NOT NULL,
  mac  BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

-- What a client's Idempotency-Key was used for: keyed hashes of client and key, and of
-- these and the member.
CREATE TABLE client_requests (
  request BLOB    NOT NULL PRIMARY KEY CHECK (length(request) = 32),
  about   BLOB    NOT NULL CHECK (length(about) = 32),
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX client_requests_ages ON client_requests (at);

-- +goose Down
DROP TABLE client_requests;
DROP TABLE client_uses;
DROP INDEX audit_clients;
DROP TABLE client_states;
