package sqlstore_test

import (
	"strings"
	"testing"

	"exposure/internal/sqlstore"
)

// TestPlans keeps every statement of the hot path on an index: a scan would make the
// cost of a confirmation grow with the list or the log.
func TestPlans(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	for _, c := range []struct {
		name, query string
		args        []any
		index       string
	}{
		{"guard", sqlstore.GuardSQL, []any{[]byte{}}, "PRIMARY KEY (version=? AND tag"},
		{"answer", sqlstore.AnswerSQL, []any{[]byte{}, []byte{}}, "PRIMARY KEY (version=? AND tag"},
		{"standing", sqlstore.StandingSQL, []any{[]byte{}, []byte{}, "web"}, "audit_guesses (tag=? AND purpose=? AND <expr>=?)"},
		{"earlier", sqlstore.EarlierSQL, []any{[]byte{}, "[1]"}, "PRIMARY KEY (version=? AND tag"},
		{"paused", sqlstore.PausedSQL, nil, "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)"},
		{"failures", sqlstore.FailuresSQL, []any{int64(0)}, "USING INDEX audit_failures (at>?)"},
		{"clients", sqlstore.ClientMarkSQL, nil, "USING COVERING INDEX audit_clients (action=?)"},
		{"row", sqlstore.RowSQL, []any{1, []byte{}}, "PRIMARY KEY (version=? AND tag"},
		{"past", sqlstore.PastSQL, []any{[]byte{}, "web"}, "audit_guesses (tag=? AND purpose=? AND <expr>=?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := raw.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+c.query, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, detail)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(plan, "\n")
			t.Log("\n" + text)
			// Where it may choose, SQLite looks at the value asked for, in case an index is of
			// that value only, and prepares the statement anew for every other value.
			if strings.Contains(c.query, "purpose = ?") && !strings.Contains(c.query, "INDEXED BY") {
				t.Error("the index is not named: the statement is prepared each time it runs")
			}
			if !strings.Contains(text, c.index) || strings.Contains(text, "SCAN roster") || strings.Contains(text, "SCAN audit") || strings.Contains(text, "SCAN p") {
				t.Errorf("the plan does not use %s:\n%s", c.index, text)
			}
		})
	}
}
