package live

import (
	"os/exec"
	"path/filepath"
)

// NewMariaDB starts a MariaDB server for one test. Its superuser is called root.
func NewMariaDB(tb TB) *Database {
	tb.Helper()
	Need(tb, "mariadbd")
	Need(tb, "mariadb-install-db")
	d := &Database{tb: tb, program: "mariadbd", args: mariaArgs, ready: func(d *Database) bool { return d.logged("ready for connections") }}
	d.open(func(d *Database) *exec.Cmd {
		return exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+filepath.Join(d.dir, "data"),
			"--auth-root-authentication-method=normal", "--skip-test-db", "--tmpdir="+d.dir, "--innodb-log-file-size=8M", "--innodb-flush-method=nosync")
	})
	return d
}

// MariaDBSocket is the socket of a MariaDB server. Its superuser needs no password there.
func (d *Database) MariaDBSocket() string { return filepath.Join(d.dir, "s") }

func mariaArgs(d *Database, readOnly bool) ([]string, error) {
	args := []string{
		"--no-defaults", "--datadir=" + filepath.Join(d.dir, "data"), "--socket=" + d.MariaDBSocket(), "--port=" + d.port,
		"--bind-address=127.0.0.1", "--pid-file=" + filepath.Join(d.dir, "pid"), "--skip-name-resolve",
		"--tmpdir=" + d.dir, "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=8M", "--character-set-server=utf8mb4",
		"--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", // the machine does not fail, only the server
	}
	if readOnly {
		args = append(args, "--read-only")
	}
	return args, nil
}
