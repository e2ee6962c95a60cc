-- +goose Up

-- Every row of the log is sealed. None is taken on trust any more because it is older than
-- sealing: whoever could write the database could have said so of any.
ALTER TABLE audit_tree DROP COLUMN adopted;

-- +goose Down
ALTER TABLE audit_tree ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;
