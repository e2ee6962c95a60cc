-- +goose Up

-- The numbers of the log's newest rows about a publication and about a pause, sealed with its
-- count: so the newest rows of publications and of pauses cannot be removed. 0: there is none.
-- NULL: the log was last written before they were kept; whoever writes next finds them.
ALTER TABLE audit_tree ADD COLUMN published INTEGER;
ALTER TABLE audit_tree ADD COLUMN paused INTEGER;

-- +goose Down
ALTER TABLE audit_tree DROP COLUMN paused;
ALTER TABLE audit_tree DROP COLUMN published;
