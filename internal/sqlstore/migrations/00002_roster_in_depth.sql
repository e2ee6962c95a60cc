-- +goose Up

-- Rosters of the earlier schema lack what is proven now. They are removed, and their
-- files must be imported again; the audit log stays, and no number of a version is ever
-- given to another one.
DROP TABLE publications;
DROP TABLE roster_tags;
DROP TABLE roster_persons;
DROP TABLE roster_versions;
DELETE FROM roster_stagings;

-- A version exists when its row exists, which is written last. base is the version that
-- was published then, 0 when there was none.
CREATE TABLE roster_versions (
  id              INTEGER PRIMARY KEY,
  salt            BLOB    NOT NULL CHECK (length(salt) = 16),
  created_at      INTEGER NOT NULL,
  committed_at    INTEGER NOT NULL,
  base            INTEGER NOT NULL,
  incident_id     TEXT    NOT NULL,
  incident_digest BLOB    NOT NULL CHECK (length(incident_digest) = 32),
  sources_digest  BLOB    NOT NULL CHECK (length(sources_digest) = 32),
  summary_digest  BLOB    NOT NULL CHECK (length(summary_digest) = 32),
  tag_key_id      TEXT    NOT NULL,
  key_check       BLOB    NOT NULL CHECK (length(key_check) = 32),
  tag_count       INTEGER NOT NULL,
  person_count    INTEGER NOT NULL,
  review_count    INTEGER NOT NULL,
  tag_root        BLOB    NOT NULL CHECK (length(tag_root) = 32),
  mac             BLOB    NOT NULL CHECK (length(mac) = 32),
  summary         BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX roster_versions_sources ON roster_versions (sources_digest, incident_digest, key_check);

-- The newest row is the published version. after is the row before this one under the
-- same keys, 0 for the first.
CREATE TABLE publications (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  version         INTEGER NOT NULL REFERENCES roster_versions (id),
  at              INTEGER NOT NULL,
  by_name         TEXT    NOT NULL,
  approved_by     TEXT    NOT NULL,
  override_reason TEXT    NOT NULL,
  os_user         TEXT    NOT NULL,
  host            TEXT    NOT NULL,
  key_check       BLOB    NOT NULL CHECK (length(key_check) = 32),
  after           INTEGER NOT NULL,
  mac             BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

CREATE TABLE roster_persons (
  version          INTEGER NOT NULL,
  person           INTEGER NOT NULL,
  handle           BLOB    NOT NULL CHECK (length(handle) = 32),
  kind             TEXT    NOT NULL,
  reach            BLOB    NOT NULL CHECK (length(reach) = 32),
  member_id_sealed BLOB    NOT NULL,
  answer           BLOB    NOT NULL,
  evidence         BLOB    NOT NULL,
  mac              BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, person)
) STRICT, WITHOUT ROWID;

-- Where the people of a version are by their handles. It is no index of roster_persons,
-- because handles are as good as random: written with each person they would touch the
-- whole index again and again. Each row proves nothing; the person's does.
CREATE TABLE roster_handles (
  version INTEGER NOT NULL,
  handle  BLOB    NOT NULL CHECK (length(handle) = 32),
  person  INTEGER NOT NULL,
  PRIMARY KEY (version, handle)
) STRICT, WITHOUT ROWID;

-- While a version is staged, next and mac may be zeros.
CREATE TABLE roster_tags (
  version INTEGER NOT NULL,
  tag     BLOB    NOT NULL CHECK (length(tag) = 32),
  next    BLOB    NOT NULL CHECK (length(next) = 32),
  answer  BLOB    NOT NULL,
  mac     BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, tag)
) STRICT, WITHOUT ROWID;

-- The review list of a version. applied is the decision it was made with, empty when
-- there was none.
CREATE TABLE roster_reviews (
  version INTEGER NOT NULL,
  handle  BLOB    NOT NULL CHECK (length(handle) = 32),
  reason  TEXT    NOT NULL,
  applied TEXT    NOT NULL,
  sealed  BLOB    NOT NULL,
  mac     BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, handle)
) STRICT, WITHOUT ROWID;

-- Of several decisions about a record the newest counts. after is as in publications.
CREATE TABLE decisions (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  handle    BLOB    NOT NULL CHECK (length(handle) = 32),
  reason    TEXT    NOT NULL,
  decision  TEXT    NOT NULL,
  by_name   TEXT    NOT NULL,
  key_check BLOB    NOT NULL CHECK (length(key_check) = 32),
  after     INTEGER NOT NULL,
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- The newest row says whether the look-up is shut, and since when.
CREATE TABLE pauses (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  shut      INTEGER NOT NULL CHECK (shut IN (0, 1)),
  since     INTEGER NOT NULL,
  back_at   INTEGER,
  reason    TEXT    NOT NULL,
  os_user   TEXT    NOT NULL,
  host      TEXT    NOT NULL,
  key_check BLOB    NOT NULL CHECK (length(key_check) = 32),
  mac       BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- +goose Down
DROP TABLE pauses;
DROP TABLE decisions;
DROP TABLE roster_reviews;
DROP TABLE roster_handles;
