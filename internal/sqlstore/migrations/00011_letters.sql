-- +goose Up

-- The numbers of letters, one row for each person who was ever sent one: tag is that of the
-- newest number under the letter key that was the newest then, and an earlier one has no
-- row. person is the person's handle in the version that was current then, check_tags are
-- the tags that the check number on the letter is made of. Rows are bound to the audit log
-- as those of resets are; the newest entry about a tag says besides whether that number is
-- still somebody's. issued is in milliseconds since 1970.
CREATE TABLE letters (
  handle     BLOB    NOT NULL PRIMARY KEY CHECK (length(handle) = 32),
  key_check  BLOB    NOT NULL CHECK (length(key_check) = 32),
  person     BLOB    NOT NULL CHECK (length(person) = 32),
  tag        BLOB    NOT NULL CHECK (length(tag) = 32),
  letter_key TEXT    NOT NULL,
  check_tags BLOB    NOT NULL,
  state      TEXT    NOT NULL,
  issued     INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  change     INTEGER NOT NULL,
  mac        BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX letters_tags ON letters (tag);

-- +goose Down
DROP TABLE letters;
