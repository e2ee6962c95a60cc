-- +goose Up

-- Where the people on the lists of a version can be written to, sealed to the operator: the
-- server's keys do not open it. Rows are in the order of the handles, which says nothing
-- about that of the shop's rows.
CREATE TABLE roster_contacts (
  version INTEGER NOT NULL,
  handle  BLOB    NOT NULL CHECK (length(handle) = 32),
  sealed  BLOB    NOT NULL,
  mac     BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, handle)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE roster_contacts;
