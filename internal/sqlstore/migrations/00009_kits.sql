-- +goose Up

-- The last report of each kit in the shop, by the client whose key it used: when it came and
-- what it said of the kit, nothing of any member. findings are names, separated by spaces;
-- list_age is in seconds, -1: it never had the list. Who can write the database can put an
-- older report back or take one away, which only lets the kit look silent. at is in
-- milliseconds since 1970.
CREATE TABLE kit_reports (
  client   TEXT    NOT NULL PRIMARY KEY,
  at       INTEGER NOT NULL,
  version  TEXT    NOT NULL,
  acts     INTEGER NOT NULL CHECK (acts IN (0, 1)),
  list_age INTEGER NOT NULL,
  findings TEXT    NOT NULL,
  mac      BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE kit_reports;
