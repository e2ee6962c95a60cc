-- +goose Up

-- Wrong short codes of the last day are counted by network, again and again.
CREATE INDEX audit_failures ON audit_entries (at) WHERE weighs = 1 AND outcome = 'refused';

-- +goose Down
DROP INDEX audit_failures;
