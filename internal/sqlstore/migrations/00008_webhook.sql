-- +goose Up

-- What the shop was told of each member's reset, and what it is to be told. told is the
-- event that it accepted last, bound to the row under a key; empty: none. waiting: there is
-- something to tell, and bars: it makes the shop take a password away. dead: not tried any
-- more. Times are milliseconds since 1970, 0: never.
CREATE TABLE webhook_members (
  handle           BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  member_id_sealed BLOB    NOT NULL,
  told             BLOB    NOT NULL CHECK (length(told) IN (0, 32)),
  event            BLOB    NOT NULL CHECK (length(event) = 16),
  waiting          INTEGER NOT NULL CHECK (waiting IN (0, 1)),
  bars             INTEGER NOT NULL CHECK (bars IN (0, 1)),
  since            INTEGER NOT NULL,
  tries            INTEGER NOT NULL,
  first_try        INTEGER NOT NULL,
  next_try         INTEGER NOT NULL,
  dead             INTEGER NOT NULL CHECK (dead IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_due ON webhook_members (dead, next_try) WHERE waiting = 1;
CREATE INDEX webhook_since ON webhook_members (since) WHERE waiting = 1;

-- One row: who delivers until when, and whether the receiver of that address said that it is
-- gone for good.
CREATE TABLE webhook_lease (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  holder   BLOB    NOT NULL,
  until    INTEGER NOT NULL,
  stopped  INTEGER NOT NULL CHECK (stopped IN (0, 1)),
  receiver BLOB    NOT NULL
) STRICT;

INSERT INTO webhook_lease VALUES (1, x'', 0, 0, x'');

-- +goose Down
DROP TABLE webhook_lease;
DROP TABLE webhook_members;
