package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"exposure/internal/sqlstore"
)

// TestEditedMigrations: where what is noted about migrations was edited, neither program says
// that the other helps, nothing is changed, and what is said to do does: the statements that are
// told, to the letter.
func TestEditedMigrations(t *testing.T) {
	for name, c := range map[string]struct {
		harm, undo string
		want       error
	}{
		"the newest taken back": {harm: `UPDATE goose_db_version SET is_applied = 0 WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`, want: sqlstore.ErrSchemaEdited},
		"all taken back":        {harm: `UPDATE goose_db_version SET is_applied = 0`, want: sqlstore.ErrSchemaEdited},
		"taken back afterwards": {harm: `INSERT INTO goose_db_version (version_id, is_applied) VALUES (15, 0)`, want: sqlstore.ErrSchemaEdited},
		"applied twice":         {harm: `UPDATE goose_db_version SET is_applied = 2 WHERE version_id = 3`, want: sqlstore.ErrSchemaEdited},
		"under no number": {
			harm: `PRAGMA ignore_check_constraints = ON; INSERT INTO goose_db_version (version_id, is_applied) VALUES ('16th', 1)`,
			want: sqlstore.ErrSchemaEdited,
		},
		"none can be noted": {
			harm: `UPDATE sqlite_sequence SET seq = ` + largest + ` WHERE name = 'goose_db_version'`,
			want: sqlstore.ErrSchemaEdited,
		},
		"no row can follow": {
			harm: `INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (` + largest + `, 15, 1)`,
			want: sqlstore.ErrSchemaEdited,
		},
		"everything at once": {
			harm: `PRAGMA ignore_check_constraints = ON; UPDATE goose_db_version SET is_applied = 0;
				INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (` + largest + `, '16th', 0)`,
			want: sqlstore.ErrSchemaEdited,
		},
		"a newer one": {
			harm: `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`,
			undo: `DELETE FROM goose_db_version WHERE version_id = 99`, want: sqlstore.ErrNewerSchema,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, url := newStore(t), ""
			s.publish(t, "a", 3, 1)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s.plant(t, c.harm)
			url = "sqlite:" + s.path
			const noted = `SELECT coalesce(group_concat(version_id || ' ' || is_applied), '') FROM goose_db_version`
			before := valuesOf(t, s.raw(t), noted, 1)[0][0]
			err := sqlstore.Migrate(t.Context(), url)
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), "restore it from its backup") || strings.Contains(fmt.Sprint(err), "run exposurectl migrate") {
				t.Errorf("Migrate = %v, want %v", err, c.want)
			}
			if after := valuesOf(t, s.raw(t), noted, 1)[0][0]; after != before {
				t.Errorf("noted was %v, and is %v", before, after)
			}
			if db, err := sqlstore.Open(t.Context(), url); !errors.Is(err, c.want) {
				t.Errorf("Open = %v, %v", db, err)
			}
			for n, told := range strings.Split(fmt.Sprint(err), "`") {
				if n%2 == 1 {
					s.plant(t, told)
				}
			}
			s.plant(t, c.undo)
			if err := sqlstore.Migrate(t.Context(), url); err != nil {
				t.Error(err)
			}
			s.reopen(t)
			if v := s.verify(t); v.Bad != nil {
				t.Error(v.Bad)
			}
		})
	}
}
