package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"exposure/internal/demo"
)

// TestPurgeWhateverSchemaItSays: what a database says of its schema, readable or not, keeps nobody from purging
// it.
func TestPurgeWhateverSchemaItSays(t *testing.T) {
	for name, harm := range map[string]string{
		"newer":      `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`,
		"older":      `INSERT INTO goose_db_version (version_id, is_applied) SELECT max(version_id), 0 FROM goose_db_version; UPDATE goose_db_version SET version_id = 5 WHERE is_applied AND version_id = (SELECT max(version_id) FROM goose_db_version)`,
		"none":       `DELETE FROM goose_db_version`,
		"unreadable": `PRAGMA writable_schema = ON; UPDATE sqlite_master SET name = 'tags', tbl_name = 'tags' WHERE name = 'roster_tags'`,
		"taken back": `UPDATE goose_db_version SET is_applied = 0`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := demo.Prepare(t.Context(), t.TempDir(), 3, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", strings.TrimPrefix(s.Database, "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(harm); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			code, said := purgeOf(t, s, filepath.Join(t.TempDir(), "report.json"), "a test")
			if code != exitDone || !strings.Contains(said, "holds no row but the audit log's") || !strings.Contains(said, "was altered before this purge") {
				t.Fatalf("exit %d: %s", code, said)
			}
		})
	}
}
