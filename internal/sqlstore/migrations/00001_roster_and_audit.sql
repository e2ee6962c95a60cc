-- +goose Up

-- All times are milliseconds since 1970 in UTC. STRICT, because SQLite would store
-- anything anywhere, and a proof over bytes wants bytes.

-- Version numbers are never given out twice, not even those of dead stagings.
CREATE TABLE roster_stagings (
  version    INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at INTEGER NOT NULL,
  dead       INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1))
) STRICT;

-- A version exists when its row exists, which is written last.
CREATE TABLE roster_versions (
  id              INTEGER PRIMARY KEY,
  salt            BLOB    NOT NULL CHECK (length(salt) = 16),
  created_at      INTEGER NOT NULL,
  committed_at    INTEGER NOT NULL,
  incident_id     TEXT    NOT NULL,
  incident_digest BLOB    NOT NULL CHECK (length(incident_digest) = 32),
  sources_digest  BLOB    NOT NULL CHECK (length(sources_digest) = 32),
  summary_digest  BLOB    NOT NULL CHECK (length(summary_digest) = 32),
  tag_key_id      TEXT    NOT NULL,
  key_check       BLOB    NOT NULL CHECK (length(key_check) = 32),
  tag_count       INTEGER NOT NULL,
  person_count    INTEGER NOT NULL,
  tag_root        BLOB    NOT NULL CHECK (length(tag_root) = 32),
  mac             BLOB    NOT NULL CHECK (length(mac) = 32),
  summary         BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX roster_versions_sources ON roster_versions (sources_digest, incident_digest, key_check);

-- The newest row is the published version.
CREATE TABLE publications (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  version         INTEGER NOT NULL REFERENCES roster_versions (id),
  at              INTEGER NOT NULL,
  by_name         TEXT    NOT NULL,
  approved_by     TEXT    NOT NULL,
  override_reason TEXT    NOT NULL,
  os_user         TEXT    NOT NULL,
  host            TEXT    NOT NULL,
  mac             BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

CREATE TABLE roster_persons (
  version          INTEGER NOT NULL,
  person           INTEGER NOT NULL,
  kind             TEXT    NOT NULL,
  member_id_sealed BLOB    NOT NULL,
  answer           BLOB    NOT NULL,
  mac              BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE roster_tags (
  version INTEGER NOT NULL,
  tag     BLOB    NOT NULL CHECK (length(tag) = 32),
  next    BLOB    NOT NULL CHECK (length(next) = 32),
  answer  BLOB    NOT NULL,
  mac     BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (version, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entries (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  action  TEXT    NOT NULL,
  outcome TEXT    NOT NULL,
  purpose TEXT    NOT NULL,
  weighs  INTEGER NOT NULL CHECK (weighs IN (0, 1)),
  tag     BLOB,
  attempt BLOB    NOT NULL CHECK (length(attempt) = 16),
  encoded BLOB    NOT NULL
) STRICT;

-- The guess budget of a tag is read on every confirmation: its evaluated guesses,
-- without refused long codes.
CREATE INDEX audit_guesses ON audit_entries (tag, purpose, seq) WHERE weighs = 1;

-- +goose Down
DROP TABLE audit_entries;
DROP TABLE roster_tags;
DROP TABLE roster_persons;
DROP TABLE publications;
DROP TABLE roster_versions;
DROP TABLE roster_stagings;
