-- +goose Up

-- What the call centre leaves for the shop: letters that were asked for, and tickets. The
-- note stands sealed to the operator; nothing else in a row tells who it is about. A row is
-- found by the handle of its number under the key of key_check. change is the row of the
-- audit log that was written with it and holds the beginning of its mac. Times are
-- milliseconds since 1970, 0: never.
CREATE TABLE tickets (
  handle    BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check BLOB    NOT NULL CHECK (length(key_check) = 32),
  number    TEXT    NOT NULL,
  letter    INTEGER NOT NULL CHECK (letter IN (0, 1)),
  topic     TEXT    NOT NULL,
  state     TEXT    NOT NULL,
  opened    INTEGER NOT NULL,
  settled   INTEGER NOT NULL,
  answer    TEXT    NOT NULL,
  by_name   TEXT    NOT NULL,
  agent     TEXT    NOT NULL,
  call      BLOB    NOT NULL CHECK (length(call) = 16),
  note      BLOB    NOT NULL,
  change    INTEGER NOT NULL,
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_states ON tickets (state, letter, opened);

-- What was done at the desk in a day is counted by these rows.
CREATE INDEX audit_desk ON audit_entries (at) WHERE action IN ('agent_sign_in', 'call_open', 'call_address', 'call_code', 'call_letter',
  'call_number', 'call_extend', 'call_end', 'call_foreign', 'canary_touched') OR purpose = 'phone';

-- +goose Down
DROP INDEX audit_desk;
DROP TABLE tickets;
