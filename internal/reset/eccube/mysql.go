package eccube

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlLocks is how many seconds a statement waits for what the shop has locked: the least
// that InnoDB can be told.
const mysqlLocks = 1

func mysqlDialect() dialect {
	m := meanings{
		locked: []string{"1205", "1213"},
		// Too many connections, ending, offline, read-only, killed, out of time, disk full, not
		// yet in the cluster, statements that are prepared too many or too late.
		passing: []string{"1040", "1203", "1226", "1129", "1053", "3032", "1290", "1792", "1836", "1927", "1317", "1969", "3024", "1021", "1114", "1047", "1461", "1615", "1158", "1159", "1160", "1161"},
		login:   []string{"1045", "1044", "1049", "1130", "1698", "1820", "1862", "3118", "4151"},
		right:   []string{"1142", "1143", "1227", "1370"},
		schema:  []string{"1146", "1054"},
	}
	touched := []string{"create_date", "update_date"}
	return dialect{
		name: "mysql", number: "?", text: "?", bytes: "CAST(? AS BINARY)",
		// Compared byte by byte: a column's own order may take upper case for lower.
		hash: "CAST(password AS BINARY)",
		// A TIMESTAMP may be set to now by any change of its row that does not name it.
		touched: touched, keep: ", create_date = create_date, update_date = update_date",
		open: openMySQL, meaning: m.of, grants: mysqlGrants,
		code: func(err error) string {
			var told *mysql.MySQLError
			if errors.As(err, &told) {
				return strconv.Itoa(int(told.Number))
			}
			return ""
		},
		readOnly:   "SELECT CASE WHEN @@global.read_only <> 0 OR @@global.innodb_read_only <> 0 THEN 1 ELSE 0 END",
		everything: "SELECT 1 FROM mysql.db",
	}
}

func openMySQL(t target, timeout time.Duration) (driver.Connector, error) {
	cfg := mysql.NewConfig()
	cfg.User = t.url.User.Username()
	cfg.Passwd, _ = t.url.User.Password()
	cfg.DBName = t.database()
	cfg.Logger = &mysql.NopLogger{} // it would write to the standard error output
	cfg.Timeout = timeout
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(t.url.Hostname(), cmp.Or(t.url.Port(), "3306"))
	for name, values := range t.url.Query() {
		switch name {
		case "socket":
			cfg.Net, cfg.Addr = "unix", values[0]
		case "tls", "tls_ca":
		default:
			return nil, fmt.Errorf("%w: after ? there may be socket, tls and tls_ca", ErrDSN)
		}
	}
	if err := secure(cfg, t); err != nil {
		return nil, err
	}
	if _, err := mysql.NewConnector(cfg); err != nil {
		return nil, fmt.Errorf("%w: MySQL's driver does not take it", ErrDSN)
	}
	return patient{cfg, timeout}, nil
}

// secure sets how the line to the database is protected: tls is true, false, skip-verify or
// preferred; tls_ca names a file of certificates to trust in the place of the system's.
func secure(cfg *mysql.Config, t target) error {
	q := t.url.Query()
	cfg.TLSConfig = cmp.Or(q.Get("tls"), "preferred")
	file := q.Get("tls_ca")
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%w: tls_ca names no file of certificates", ErrDSN)
	}
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: t.url.Hostname(), MinVersion: tls.VersionTLS12}
	return nil
}

// patient is a connector whose connections wait no longer than they may. Each has a
// configuration of its own, because the driver writes into it where the server has no TLS.
type patient struct {
	cfg     *mysql.Config
	timeout time.Duration
}

// Driver implements driver.Connector.
func (patient) Driver() driver.Driver { return mysql.MySQLDriver{} }

// Connect implements driver.Connector.
func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := mysql.NewConnector(p.cfg.Clone())
	if err != nil {
		return nil, err
	}
	conn, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	// MySQL reads no max_statement_time and takes it for a remark.
	settings := fmt.Sprintf("SET SESSION /*M!100101 max_statement_time = %g, */ innodb_lock_wait_timeout = %d, lock_wait_timeout = %d",
		p.timeout.Seconds(), mysqlLocks, mysqlLocks)
	set, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("MySQL's driver cannot set a connection up"), conn.Close())
	}
	if _, err := set.ExecContext(ctx, settings, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
