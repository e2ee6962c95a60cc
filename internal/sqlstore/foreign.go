package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// schemaTable tells which migration is the newest.
const schemaTable = "goose_db_version"

// ours are all tables of the schema but those of the audit log. What is not among them
// somebody else put into the file; a purge says so before it destroys it.
func ours() []string {
	return []string{
		schemaTable, "sqlite_sequence", "sqlite_stat1", "sqlite_stat4",
		"agent_accounts", "canaries", "client_requests", "client_states", "client_uses", "decisions", "kit_reports", "letters",
		"pauses", "publications", "reset_contacts", "reset_holds", "resets", "roster_contacts", "roster_handles", "roster_persons",
		"roster_reviews", "roster_stagings", "roster_tags", "roster_versions", "tickets", "webhook_lease", "webhook_members",
	}
}

// ourIndexes are those that the migrations create by name.
func ourIndexes() []string {
	return []string{
		"audit_canaries", "audit_clients", "audit_desk", "audit_failures", "audit_guesses", "audit_members", "client_requests_ages", "letters_tags",
		"reset_contacts_tags", "resets_ages", "resets_changes", "resets_states", "resets_tickets", "roster_versions_sources", "tickets_states", "webhook_due", "webhook_since",
	}
}

// isAudit tells whether a table is part of the audit log. Only these are: a copy of other
// rows is not kept because of a name like theirs.
func isAudit(table string) bool {
	return among([]string{"audit_entries", "audit_heads", "audit_tree"}, table)
}

// among tells whether a name is in the list; to SQLite those that differ in case are one.
func among(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// virtual are the tables whose rows code makes that this program may not have. The schema
// has none, whatever name one bears. What fills them stands in ordinary tables beside them.
const virtual = `SELECT lower(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'`

// madeIndex is an index that somebody created by name, not one that its table needs.
const madeIndex = `type = 'index' AND sql IS NOT NULL`

// Foreign names what is in the file and not of the schema: "table x", "virtual table w",
// "view y", "trigger z", "index i". A purge destroys it with the rest.
func (db *DB) Foreign(ctx context.Context) ([]string, error) {
	all, err := column[string](ctx, db.read, `SELECT iif(type = 'table' AND lower(name) IN (`+virtual+`), 'virtual ', '') || type || ' ' || name
		FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') OR `+madeIndex+` ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("looking for what is not of the schema: %w", err)
	}
	return slices.DeleteFunc(all, func(s string) bool {
		kind, name, _ := strings.Cut(s, " ")
		return kind == "table" && (isAudit(name) || among(ours(), name)) || kind == "index" && among(ourIndexes(), name)
	}), nil
}

// forgetVirtual takes the virtual tables out of the schema. DROP TABLE would run their code,
// which removes other tables, refuses, or is not there; without them the tables that they
// stored rows in are ordinary ones.
func forgetVirtual(ctx context.Context, tx *sql.Tx) error {
	for _, query := range []string{
		`PRAGMA writable_schema = ON`,
		`DELETE FROM sqlite_master WHERE type = 'table' AND (rootpage = 0 OR lower(name) IN (` + virtual + `))`,
		`PRAGMA writable_schema = RESET`, // reads the schema again
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("forgetting virtual tables: %w", err)
		}
	}
	return nil
}

// dropAll drops everything of a kind. The schema has no trigger and no view: one is
// somebody's who would keep rows, or copy them.
func dropAll(ctx context.Context, tx *sql.Tx, kind string) error {
	names, err := column[string](ctx, tx, `SELECT name FROM sqlite_master WHERE type = '`+kind+`'`)
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := tx.ExecContext(ctx, `DROP `+kind+` `+quoted(n)); err != nil {
			return err
		}
	}
	return nil
}

// dropIndexes drops the indexes that are not of the schema: one over an expression can
// refuse that rows are deleted, and holds what no column does.
func dropIndexes(ctx context.Context, tx *sql.Tx) error {
	names, err := column[string](ctx, tx, `SELECT name FROM sqlite_master WHERE `+madeIndex)
	if err != nil {
		return err
	}
	for _, n := range names {
		if among(ourIndexes(), n) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DROP INDEX `+quoted(n)); err != nil {
			return fmt.Errorf("dropping the index %s: %w", n, err)
		}
	}
	return nil
}

// destroyTable deletes the rows of a table, and drops one that is not of the schema. Those
// whose names SQLite reserves cannot be dropped, and stay empty.
func destroyTable(ctx context.Context, tx *sql.Tx, table string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM `+quoted(table)); err != nil {
		return fmt.Errorf("emptying the table %s: %w", table, err)
	}
	if isAudit(table) || among(ours(), table) || strings.HasPrefix(strings.ToLower(table), "sqlite_") {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DROP TABLE `+quoted(table))
	return err
}

// renumber makes the two tables that stay beside the audit log anew, with nothing but the
// numbers of migrations and of the last rows: whatever else was put there is gone.
func renumber(ctx context.Context, tx *sql.Tx) error {
	tables, err := column[string](ctx, tx, `SELECT lower(name) FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return err
	}
	var versions []int64
	if slices.Contains(tables, schemaTable) {
		// A table without these columns tells no number: see checkSchema.
		columns, err := column[string](ctx, tx, `SELECT lower(name) FROM pragma_table_info('`+schemaTable+`')`)
		if err != nil {
			return err
		}
		if slices.Contains(columns, "version_id") && slices.Contains(columns, "is_applied") {
			versions, err = column[int64](ctx, tx, fmt.Sprintf(`SELECT DISTINCT version_id FROM %s
				WHERE is_applied = 1 AND typeof(version_id) = 'integer' AND version_id BETWEEN 0 AND %d ORDER BY 1`, schemaTable, schemaVersion))
			if err != nil {
				return err
			}
		}
		if err := remake(ctx, tx, versions); err != nil {
			return err
		}
	}
	if !slices.Contains(tables, "sqlite_sequence") {
		return nil
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM sqlite_sequence WHERE typeof(seq) <> 'integer' OR name NOT IN (SELECT name FROM sqlite_master)`)
	return err
}

// emptyLog makes the one row of an audit log that has no rows, so that what opens the
// database next does not find an altered one. The table is made anew as the migrations leave
// it: another column in it would refuse the row.
func emptyLog(ctx context.Context, tx *sql.Tx) error {
	for _, query := range []string{
		`DROP TABLE audit_tree`,
		`CREATE TABLE audit_tree (
			id    INTEGER PRIMARY KEY CHECK (id = 1),
			size  INTEGER NOT NULL,
			head  INTEGER NOT NULL,
			peaks BLOB    NOT NULL,
			seal  BLOB    NOT NULL CHECK (length(seal) IN (0, 32))
		) STRICT`,
		`INSERT INTO audit_tree VALUES (1, 0, 0, x'', x'')`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("making an empty audit log: %w", err)
		}
	}
	return nil
}

// remake is the table as goose makes it.
func remake(ctx context.Context, tx *sql.Tx, versions []int64) error {
	for _, query := range []string{
		`DELETE FROM ` + schemaTable,
		`DROP TABLE ` + schemaTable,
		`CREATE TABLE ` + schemaTable + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	for _, v := range versions {
		if _, err := tx.ExecContext(ctx, `INSERT INTO `+schemaTable+` (version_id, is_applied) VALUES (?, 1)`, v); err != nil {
			return err
		}
	}
	return nil
}
