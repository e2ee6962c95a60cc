package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// object is a table of the schema, or an index that has a name of its own.
type object struct{ kind, name, sql string }

// objects are those that the migrations make: tables first, as they can be made.
type objects []object

// freshSchema is what all migrations make of an empty database.
func freshSchema(ctx context.Context) (objects, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("making the schema: %w", err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	p, err := migrator(db)
	if err != nil {
		return nil, err
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, fmt.Errorf("making the schema: %w", err)
	}
	return objectsIn(ctx, db, `name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
}

func objectsIn(ctx context.Context, q querier, where string) (all objects, err error) {
	rows, err := q.QueryContext(ctx, `SELECT type, name, coalesce(sql, '') FROM sqlite_master
		WHERE (type = 'table' OR `+madeIndex+`) AND `+where+` ORDER BY type DESC, rowid`)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.sql); err != nil {
			return nil, fmt.Errorf("reading the schema: %w", err)
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

func (all objects) has(kind, name string) bool {
	return slices.ContainsFunc(all, func(o object) bool { return o.kind == kind && strings.EqualFold(o.name, name) })
}

// made tells whether an object is as the migrations make it.
func (all objects) made(o object) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return slices.ContainsFunc(all, func(m object) bool {
		return m.kind == o.kind && m.name == o.name && plain(m.sql) == plain(o.sql)
	})
}

// keptRows are the rows of the schema that stay: of the audit log's tables, one each.
func (p *purging) keptRows() string {
	if p.order.AuditToo {
		return `SELECT 0 WHERE 0`
	}
	return `SELECT min(rowid) FROM sqlite_master WHERE type = 'table' AND lower(name) IN ('audit_entries', 'audit_heads', 'audit_tree')
		AND lower(name) IN (SELECT lower(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'table') GROUP BY lower(name)`
}

// dropAll drops everything that does not stay, whatever the schema says that it is: a name that
// is not that of its text, a text that nobody can read, code that this program does not have,
// refuse what is asked by their names. Each tree of pages becomes an ordinary table, which can
// be dropped, and what has none is forgotten. The pages are zeroed (secure_delete).
func (p *purging) dropAll(ctx context.Context, tx *sql.Tx) error {
	kept := p.keptRows()
	for _, query := range []string{
		`PRAGMA writable_schema = ON`,
		`DELETE FROM sqlite_master WHERE rowid NOT IN (` + kept + `) AND (typeof(rootpage) <> 'integer' OR rootpage < 2
			OR rootpage > (SELECT page_count FROM pragma_page_count) OR rootpage IN (SELECT rootpage FROM sqlite_master WHERE rowid IN (` + kept + `))
			OR rowid NOT IN (SELECT min(rowid) FROM sqlite_master WHERE rowid NOT IN (` + kept + `) GROUP BY rootpage))`,
		`UPDATE sqlite_master SET type = 'table', name = 'purged_' || rowid, tbl_name = 'purged_' || rowid, sql = 'CREATE TABLE purged_' || rowid || ' (a)'
			WHERE rowid NOT IN (` + kept + `)`,
		`PRAGMA writable_schema = RESET`, // reads the schema again
		`PRAGMA writable_schema = ON`,    // also where a table of the log bears another's name
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("forgetting the schema: %w", err)
		}
	}
	names, err := column[string](ctx, tx, `SELECT name FROM sqlite_master WHERE name GLOB 'purged_*'`)
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := tx.ExecContext(ctx, `DROP TABLE `+quoted(n)); err != nil {
			return fmt.Errorf("dropping a table: %w", err)
		}
	}
	return nil
}

// makeAnew makes the schema as the migrations do, but for what stayed, and notes them.
func (p *purging) makeAnew(ctx context.Context, tx *sql.Tx) error {
	kept, err := objectsIn(ctx, tx, `true`)
	if err != nil {
		return err
	}
	p.done.Altered = nil
	for _, o := range kept {
		if o.name != "sqlite_sequence" && !p.fresh.made(o) {
			p.done.Altered = append(p.done.Altered, o.name)
		}
	}
	for _, o := range p.fresh {
		if kept.has(o.kind, o.name) {
			continue
		}
		_, err := tx.ExecContext(ctx, o.sql)
		if code := new(sqlite.Error); len(p.done.Altered) > 0 && errors.As(err, &code) && code.Code()&0xff == sqlite3.SQLITE_ERROR {
			continue // an index over what is not there, or a name that a table of the log bears
		}
		if err != nil {
			return fmt.Errorf("making %s anew: %w", o.name, err)
		}
	}
	queries := []string{fmt.Sprintf(`INSERT INTO `+schemaTable+` (version_id, is_applied)
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i, 1 FROM n`, schemaVersion)}
	if p.order.AuditToo { // a log of no rows has its count
		queries = append(queries, `INSERT INTO audit_tree (id, size, head, peaks, seal) VALUES (1, 0, 0, x'', x'')`)
	}
	for _, query := range queries {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("making the schema anew: %w", err)
		}
	}
	return nil
}
