-- +goose Up

-- The handles that a person of a version has under older tag keys, of 32 bytes each, newest
-- key first: what was written about the person before is found by them, in roster_handles
-- as well. Empty when the version was made while one tag key lived.
ALTER TABLE roster_persons ADD COLUMN older BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE roster_persons DROP COLUMN older;
