-- +goose Up

-- The audit log becomes a Merkle log (RFC 6962). Row n is leaf n, so rows are numbered
-- from 1 without gaps. seal binds a row to its place under a key; of rows older than this
-- schema it is the plain hash.
ALTER TABLE audit_entries ADD COLUMN seal BLOB NOT NULL DEFAULT x'';

-- One row: how many rows the log has, the roots of the tree's complete subtrees (largest
-- first), how many rows are older than sealing, and the size of the newest signed head.
-- seal is empty until a program with keys has written.
CREATE TABLE audit_tree (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  size    INTEGER NOT NULL,
  adopted INTEGER NOT NULL,
  head    INTEGER NOT NULL,
  peaks   BLOB    NOT NULL,
  seal    BLOB    NOT NULL CHECK (length(seal) IN (0, 32))
) STRICT;

INSERT INTO audit_tree VALUES (1, 0, 0, 0, x'', x'');

-- Signed heads. They prove more where they are also kept elsewhere.
CREATE TABLE audit_heads (
  size   INTEGER PRIMARY KEY,
  signed TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_heads;
DROP TABLE audit_tree;
ALTER TABLE audit_entries DROP COLUMN seal;
