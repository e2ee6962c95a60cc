package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"exposure/internal/breach"
)

// Held is how many rows a table has.
type Held struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Holdings counts the rows that a purge would destroy, the audit log's among them if they
// are wanted.
func (db *DB) Holdings(ctx context.Context, auditToo bool) ([]Held, error) {
	held, err := holdings(ctx, db.read, auditToo)
	if err != nil {
		return nil, fmt.Errorf("counting what there is: %w", err)
	}
	return held, nil
}

// Incidents names the incidents that versions were made for. Nothing is proven; a table that is
// missing names none, because whoever altered the database may have dropped it.
func (db *DB) Incidents(ctx context.Context) ([]string, error) {
	tables, err := purgeable(ctx, db.read, false)
	if err == nil && !slices.Contains(tables, "roster_versions") {
		return nil, nil
	}
	var all []string
	if err == nil {
		all, err = column[string](ctx, db.read, `SELECT DISTINCT coalesce(incident_id, '') FROM roster_versions ORDER BY 1`)
	}
	if err != nil {
		return nil, fmt.Errorf("reading whose versions there are: %w", err)
	}
	return all, nil
}

// Made tells whether any version of an incident was made under these keys. A row that cannot
// be proven or read, whoever put it there, is none.
func (r *Roster) Made(ctx context.Context, incident string) (bool, error) {
	ids, err := column[int64](ctx, r.db.read, `SELECT id FROM roster_versions WHERE typeof(id) = 'integer'`)
	if err != nil && !Edited(err) {
		return false, fmt.Errorf("reading the versions: %w", err)
	}
	for _, id := range ids {
		v, err := r.load(ctx, r.db.read, id)
		if err == nil && v.IncidentID == incident {
			return true, nil
		}
		if err != nil && !errors.Is(err, breach.ErrUnproven) && !Edited(err) {
			return false, err
		}
	}
	return false, nil
}

func column[T any](ctx context.Context, q querier, query string) (all []T, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// purgeable are all tables of the file that hold rows, whoever made them, but those of the
// schema itself.
func purgeable(ctx context.Context, q querier, auditToo bool) ([]string, error) {
	all, err := column[string](ctx, q, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')
		AND lower(name) NOT IN ('sqlite_schema', 'sqlite_sequence', '`+schemaTable+`') ORDER BY name`)
	return slices.DeleteFunc(all, func(t string) bool { return isAudit(t) && !auditToo }), err
}

func holdings(ctx context.Context, q querier, auditToo bool) ([]Held, error) {
	tables, err := purgeable(ctx, q, auditToo)
	if err != nil {
		return nil, err
	}
	var held []Held
	for _, t := range tables {
		n, err := column[int64](ctx, q, `SELECT count(*) FROM `+quoted(t))
		if Edited(err) { // what cannot be counted is destroyed all the same
			continue
		}
		if err != nil {
			return nil, err
		}
		if n[0] > 0 && t != "audit_tree" { // which always has its one row
			held = append(held, Held{t, n[0]})
		}
	}
	return held, nil
}

func quoted(table string) string { return `"` + strings.ReplaceAll(table, `"`, `""`) + `"` }
