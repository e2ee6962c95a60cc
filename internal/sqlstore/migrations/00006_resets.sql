-- +goose Up

-- Forced password resets, one row for each member; who it is stands sealed in it. A row is
-- found by the member's handle under the key of key_check, and there is one, whatever keys
-- live. change is the row of the audit log that was written with it and holds the
-- beginning of its mac: so each row is bound to the newest thing that happened to its
-- member. Times are milliseconds since 1970, 0: never.
CREATE TABLE resets (
  handle           BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check        BLOB    NOT NULL CHECK (length(key_check) = 32),
  member_id_sealed BLOB    NOT NULL,
  state            TEXT    NOT NULL,
  since            INTEGER NOT NULL,
  ordered          INTEGER NOT NULL,
  barred           INTEGER NOT NULL,
  ticket           BLOB    CHECK (length(ticket) = 32),
  ticket_ends      INTEGER NOT NULL,
  spent            INTEGER NOT NULL CHECK (spent IN (0, 1)),
  redeemed         INTEGER NOT NULL,
  unverified       INTEGER NOT NULL,
  fingerprint      BLOB    NOT NULL,
  baseline         BLOB    NOT NULL,
  notify           BLOB    NOT NULL,
  change           INTEGER NOT NULL,
  mac              BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

CREATE INDEX resets_states ON resets (state, change);
CREATE INDEX resets_ages ON resets (state, since);
CREATE INDEX resets_changes ON resets (change);
CREATE INDEX resets_tickets ON resets (ticket) WHERE ticket IS NOT NULL;

-- Whether orders are held: at most one row.
CREATE TABLE reset_holds (
  handle    BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check BLOB    NOT NULL CHECK (length(key_check) = 32),
  held      INTEGER NOT NULL CHECK (held IN (0, 1)),
  at        INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  by_name   TEXT    NOT NULL,
  change    INTEGER NOT NULL,
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

-- The address that stands for a member's login address, at most one for each member.
CREATE TABLE reset_contacts (
  handle           BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check        BLOB    NOT NULL CHECK (length(key_check) = 32),
  member_id_sealed BLOB    NOT NULL,
  tag              BLOB    NOT NULL CHECK (length(tag) = 32),
  at               INTEGER NOT NULL,
  by_name          TEXT    NOT NULL,
  approved_by      TEXT    NOT NULL,
  change           INTEGER NOT NULL,
  mac              BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

CREATE INDEX reset_contacts_tags ON reset_contacts (tag);

-- The newest audit row about each of these rows is read with it.
CREATE INDEX audit_members ON audit_entries (tag, seq) WHERE purpose = 'member';

-- +goose Down
DROP INDEX audit_members;
DROP TABLE reset_contacts;
DROP TABLE reset_holds;
DROP TABLE resets;
