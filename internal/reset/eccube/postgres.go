package eccube

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresLocks is how long a statement waits for what the shop has locked. It is less than
// the second after which PostgreSQL looks for deadlocks: it is we who give way.
const postgresLocks = 500 * time.Millisecond

func postgres() dialect {
	m := meanings{
		locked: []string{"55P03", "40P01", "40001"},
		// Of these also: read-only, "cached plan must not change result type", a statement that
		// a pooler has forgotten, a database that is starting or ending.
		passing: []string{"08", "53", "57", "55", "40", "58", "25006", "0A000", "26000"},
		login:   []string{"28", "3D"},
		right:   []string{"42501"},
		schema:  []string{"42P01", "42703", "3F"},
	}
	return dialect{
		name: "postgres", number: "CAST($n AS bigint)", text: "$n", bytes: "$n", hash: "password",
		open: openPostgres, meaning: m.of, grants: postgresGrants,
		code: func(err error) string {
			var told *pgconn.PgError
			if errors.As(err, &told) {
				return told.Code
			}
			return ""
		},
		readOnly:   "SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' THEN 1 ELSE 0 END",
		everything: "SELECT rolpassword FROM pg_authid",
	}
}

func openPostgres(t target, timeout time.Duration) (driver.Connector, error) {
	cfg, err := pgx.ParseConfig(t.url.String())
	if err != nil {
		return nil, fmt.Errorf("%w: it has a setting that PostgreSQL does not know", ErrDSN)
	}
	cfg.RuntimeParams["application_name"] = "exposure"
	settings := fmt.Sprintf("SET lock_timeout = %d; SET statement_timeout = %d", postgresLocks.Milliseconds(), timeout.Milliseconds())
	return stdlib.GetConnector(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, settings)
		return err
	})), nil
}
