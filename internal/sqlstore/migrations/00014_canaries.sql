-- +goose Up

-- People who do not exist: who looks them up has a list that was stolen. tag is that of an
-- address, or of the number of a letter, under the key that was the newest then; kind is
-- address or letter. The row is bound to the audit log like those about members.
CREATE TABLE canaries (
  handle    BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check BLOB    NOT NULL CHECK (length(key_check) = 32),
  kind      TEXT    NOT NULL,
  tag       BLOB    NOT NULL CHECK (length(tag) = 32),
  at        INTEGER NOT NULL,
  by_name   TEXT    NOT NULL,
  change    INTEGER NOT NULL,
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

-- The newest audit row about a canary tells whether those in memory are still all.
CREATE INDEX audit_canaries ON audit_entries (seq) WHERE action = 'canary_add';

-- +goose Down
DROP INDEX audit_canaries;
DROP TABLE canaries;
