package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// schemaTable tells which migration is the newest.
const schemaTable = "goose_db_version"

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
	fresh, err := freshSchema(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s string) bool {
		kind, name, _ := strings.Cut(s, " ")
		return fresh.has(kind, name) || kind == "table" && among([]string{"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}, name)
	}), nil
}
