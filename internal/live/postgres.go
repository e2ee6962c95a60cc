package live

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// NewPostgres starts a PostgreSQL server for one test. Its superuser is called live.
func NewPostgres(tb TB) *Database {
	tb.Helper()
	Need(tb, "postgres")
	Need(tb, "initdb")
	d := &Database{tb: tb, program: "postgres", args: postgresArgs, ready: postgresReady}
	d.open(func(d *Database) *exec.Cmd {
		return exec.Command("initdb", "-D", filepath.Join(d.dir, "data"), "-U", "live", "-N", "--no-locale", "-E", "UTF8",
			"--auth-local=trust", "--auth-host=scram-sha-256")
	})
	return d
}

// PostgresAdmin is the URL of a database of a PostgreSQL server, as its superuser and over
// its socket.
func (d *Database) PostgresAdmin(name string) string {
	q := url.Values{"host": {d.dir}, "port": {d.port}}
	return "postgres://live@/" + name + "?" + q.Encode()
}

func postgresArgs(d *Database, readOnly bool) ([]string, error) {
	data := filepath.Join(d.dir, "data")
	standby := filepath.Join(data, "standby.signal")
	if readOnly {
		if err := os.WriteFile(standby, nil, 0o644); err != nil {
			return nil, err
		}
	} else if err := os.Remove(standby); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	d.before, _ = postmaster(d)
	return []string{
		"-D", data, "-p", d.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + d.dir,
		"-c", "log_min_messages=fatal", "-c", "shared_buffers=32MB",
		"-c", "fsync=off", // the machine does not fail, only the server
	}, nil
}

// postgresReady reads the server's own file: another server that has the port cannot be
// taken for it, nor one that was killed.
func postgresReady(d *Database) bool {
	pid, status := postmaster(d)
	return pid != d.before && (status == "ready" || status == "standby")
}

func postmaster(d *Database) (pid, status string) {
	text, err := os.ReadFile(filepath.Join(d.dir, "data", "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < 8 {
		return "", ""
	}
	return lines[0], strings.TrimSpace(lines[7])
}
