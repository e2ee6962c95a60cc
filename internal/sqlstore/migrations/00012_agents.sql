-- +goose Up

-- The accounts of the call centre's desk, one row for each, bound to the audit log like the
-- rows about members (change, mac). Names are those of the shop's own people. password is an
-- argon2id hash over a keyed hash, totp a sealed secret, papers the id of a key and 32 bytes
-- under it for each paper code that was not used yet. last_step is the step of 30 seconds
-- whose code was used last: neither it nor an earlier one is taken again. Sessions of an
-- earlier session_epoch are over. signed_in is in milliseconds since 1970, 0: never.
CREATE TABLE agent_accounts (
  handle        BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check     BLOB    NOT NULL CHECK (length(key_check) = 32),
  name          TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  session_epoch INTEGER NOT NULL,
  password      TEXT    NOT NULL,
  totp          BLOB    NOT NULL,
  last_step     INTEGER NOT NULL,
  papers        BLOB    NOT NULL,
  must_change   INTEGER NOT NULL CHECK (must_change IN (0, 1)),
  trained       INTEGER NOT NULL CHECK (trained IN (0, 1)),
  signed_in     INTEGER NOT NULL,
  change        INTEGER NOT NULL,
  mac           BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE agent_accounts;
