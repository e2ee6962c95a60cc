package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// evidence is what to do about a database that somebody edited, in an error.
const evidence = "stop the server, keep a copy of the database as evidence, and restore it from its backup"

var (
	// ErrSchema means that the database is not there or not of the schema this program
	// was built for.
	ErrSchema = errors.New("database schema is not the one of this program: run exposurectl migrate")
	// ErrNoSchema is an ErrSchema: nothing in the database says which schema it has. It is new, or
	// somebody altered it.
	ErrNoSchema = fmt.Errorf("%w: it has none", ErrSchema)
	// ErrNewerSchema: what the database says is the number of no migration of this program.
	ErrNewerSchema = errors.New("the database is of a newer schema: use the program that migrated it; if there is none, somebody edited its table " +
		schemaTable + ": " + evidence)
	// ErrNoDatabase is an ErrSchema: there is no file at its path, and so nothing that it held.
	ErrNoDatabase = fmt.Errorf("%w: there is no database yet", ErrSchema)
	// ErrSchemaEdited: what is noted about migrations is nothing that this program notes. What
	// wraps it says how each thing that was found is undone.
	ErrSchemaEdited = errors.New("somebody edited the table " + schemaTable + ", in which this program notes its migrations: " + evidence)
)

// schemaVersion is the number of the last migration.
const schemaVersion = 18

// checkSchema compares the newest applied migration with the one built in. A number that is
// none, and a table that tells no number, are ErrNoSchema; further errors are ErrSchema,
// ErrNewerSchema and ErrSchemaEdited.
func (db *DB) checkSchema(ctx context.Context) error {
	if err := schemaEdited(ctx, db.write); err != nil {
		return err
	}
	var version sql.NullInt64
	const newest = `SELECT max(version_id) FROM goose_db_version WHERE typeof(version_id) = 'integer'`
	err := db.write.QueryRowContext(ctx, newest).Scan(&version)
	switch code := new(sqlite.Error); {
	case err == nil && !version.Valid, errors.As(err, &code) && code.Code() == sqlite3.SQLITE_ERROR: // no such table or column
		return errors.Join(ErrNoSchema, err)
	case err != nil:
		return fmt.Errorf("reading the schema: %w", err)
	case version.Int64 > schemaVersion:
		return newer(version.Int64)
	case version.Int64 != schemaVersion:
		return fmt.Errorf("%w: it is %d, wanted is %d", ErrSchema, version.Int64, schemaVersion)
	}
	return nil
}

func newer(version int64) error {
	return fmt.Errorf("%w: it is %d, and this program knows no more than %d", ErrNewerSchema, version, schemaVersion)
}

// schemaEdited is ErrSchemaEdited when a migration is noted as taken back, or under no number,
// or none could be noted any more. goose goes by the largest number, whatever is noted beside
// it, and would migrate nothing; and this program takes none back. A table that is missing, or
// not as goose makes it, is left to others.
func schemaEdited(ctx context.Context, db *sql.DB) error {
	var undo []string
	for _, e := range schemaEdits {
		var edited bool
		err := db.QueryRowContext(ctx, `SELECT EXISTS (`+e.found+`)`).Scan(&edited)
		code := new(sqlite.Error)
		switch {
		case errors.As(err, &code) && code.Code() == sqlite3.SQLITE_ERROR: // no such table or column
			return nil
		case err != nil:
			return fmt.Errorf("reading the schema: %w", err)
		case edited:
			undo = append(undo, e.undo)
		}
	}
	if undo == nil {
		return nil
	}
	return fmt.Errorf(`%w; or, to keep what was written since, with sqlite3: %s; and then see what "exposurectl audit verify" finds`,
		ErrSchemaEdited, strings.Join(undo, "; and "))
}

// schemaEdits are what somebody may have edited about the migrations: a query for what they
// left, and what undoes it, in words for an error, the statements between backquotes.
var schemaEdits = []struct{ found, undo string }{
	{`SELECT 1 FROM goose_db_version WHERE typeof(version_id) <> 'integer'`,
		"a version_id that is no number: put back the number that is missing among the others, or, if none is, `DELETE FROM goose_db_version WHERE typeof(version_id) <> 'integer'`"},
	{`SELECT 1 FROM goose_db_version WHERE is_applied IS NOT 1`,
		"a migration noted as taken back: `UPDATE goose_db_version SET is_applied = 1`"},
	{`SELECT 1 FROM goose_db_version WHERE id >= ` + maxNumberSQL,
		"a row numbered so high that none can follow: `UPDATE goose_db_version SET id = 1000 WHERE id >= " + maxNumberSQL + "`"},
	{`SELECT 1 FROM sqlite_sequence WHERE name = 'goose_db_version' AND (typeof(seq) <> 'integer' OR seq >= ` + maxNumberSQL + `)`,
		"a count of its rows so high that none can be added: `UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM goose_db_version) WHERE name = 'goose_db_version'`"},
}

const maxNumberSQL = "1 << 62" // maxNumber
