-- +goose Up

-- Failures and acceptances are found each by themselves, however many there are of the other:
-- an address's successes must not push its failures out of what is read. By whether a row is a
-- failure, and not by its outcome: under no other outcome would it not be found at all.
DROP INDEX audit_guesses;
CREATE INDEX audit_guesses ON audit_entries (tag, purpose, (outcome = 'refused'), seq) WHERE weighs = 1;

-- +goose Down
DROP INDEX audit_guesses;
CREATE INDEX audit_guesses ON audit_entries (tag, purpose, seq) WHERE weighs = 1;
