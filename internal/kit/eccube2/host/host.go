package host

import (
	"cmp"
	"crypto/rand"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"exposure/internal/live"
)

//go:embed php
var files embed.FS

// startTimeout is how long PHP's server may take to listen.
const startTimeout = 20 * time.Second

// attempts is how often another port is tried when somebody else took the free one.
const attempts = 3

// Options say which shop is opened.
type Options struct {
	Version  string         // of EC-CUBE whose ways it has, such as "2.25.0" or "2.12.6"
	Server   *live.Database // it gets a database of its own there
	Postgres bool           // whether the server is PostgreSQL, else MariaDB
	Public   string         // address where the shop is known, with a slash at its end; empty: its own
	Roots    *x509.CertPool // what browsers trust there; nil: what the machine does
}

// dbType is what EC-CUBE calls its database.
func (o Options) dbType() string {
	if o.Postgres {
		return "pgsql"
	}
	if strings.HasPrefix(o.Version, "2.12.") {
		return "mysql"
	}
	return "mysqli"
}

// connection is how PHP gets to a database, which may be empty: the server itself.
func (o Options) connection(database string) (dsn, user string) {
	if o.Postgres {
		_, port, _ := net.SplitHostPort(o.Server.Addr())
		return fmt.Sprintf("pgsql:host=%s;port=%s;dbname=%s", o.Server.Dir(), port, cmp.Or(database, "postgres")), "live"
	}
	return fmt.Sprintf("mysql:unix_socket=%s;dbname=%s", o.Server.MariaDBSocket(), database), "root"
}

// Shop is a running shop. Its methods fail the test on trouble.
type Shop struct {
	URL      string // where it is known, with a slash at its end
	Own      string // where it listens, with a slash at its end
	Dir      string // data/ and html/ are in it
	Database string // its name
	Programs string // the folder of its own programs and templates

	tb   live.TB
	o    Options
	env  []string
	cmd  *exec.Cmd
	hold io.Closer
}

// Start makes the shop's database and serves it until the test ends.
// Where PHP is not installed the test is skipped, or fails with CI=true.
func Start(tb live.TB, o Options) *Shop {
	tb.Helper()
	needPHP(tb)
	s := &Shop{tb: tb, o: o, Dir: filepath.Join(tb.TempDir(), "shop"), Programs: filepath.Join(tb.TempDir(), "host")}
	if err := unpack(s.Programs); err != nil {
		tb.Fatalf("unpacking the shop: %v", err)
	}
	s.Database = "shop_" + strings.ToLower(rand.Text())
	all, _ := o.connection("")
	dsn, user := o.connection(s.Database)
	s.env = append(os.Environ(), "EXPOSURE_HOST_DATA="+s.Dir, "EXPOSURE_HOST_VERSION="+o.Version, "EXPOSURE_HOST_DB_TYPE="+o.dbType(),
		"EXPOSURE_HOST_DSN="+dsn, "EXPOSURE_HOST_DB_USER="+user, "PHP_CLI_SERVER_WORKERS=4", "EXPOSURE_HOST_URL="+cmp.Or(o.Public, "http://127.0.0.1/"), "EXPOSURE_HOST_PHP="+s.Programs)
	if out, err := s.command("setup.php", all, s.Database).CombinedOutput(); err != nil {
		tb.Fatalf("making the shop: %v\n%s", err, out)
	}
	tb.Cleanup(s.stop)
	for range attempts {
		if s.serve() == nil {
			return s
		}
	}
	tb.Fatalf("the shop does not start: %s", s.Log("server.log"))
	return nil
}

// needPHP says what is missing.
func needPHP(tb live.TB) {
	tb.Helper()
	missing := "php"
	if path, err := exec.LookPath("php"); err == nil {
		out, err := exec.Command(path, "-r", `foreach (array("pdo_pgsql", "pdo_mysql", "curl", "mbstring", "phar") as $e) { extension_loaded($e) || print("php's $e "); }`).Output()
		if missing = string(out); err == nil && missing == "" {
			return
		}
	}
	live.Missing(tb, missing+" is not installed")
}

func unpack(dir string) error {
	tree, err := fs.Sub(files, "php")
	if err != nil {
		return err
	}
	return os.CopyFS(dir, tree)
}

// command is a program of the shop's own. Programs of a plugin run the same way.
func (s *Shop) command(file string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.Programs, file)
	}
	cmd := exec.Command("php", append([]string{"-d", "opcache.enable_cli=0", file}, args...)...)
	cmd.Env = s.env
	return cmd
}

// Run runs a file of PHP as the shop's cron does, and returns what it said.
func (s *Shop) Run(file string, args ...string) string {
	s.tb.Helper()
	out, err := s.command(file, args...).CombinedOutput()
	if err != nil {
		s.tb.Fatalf("running %s: %v\n%s", file, err, out)
	}
	return string(out)
}

func (s *Shop) serve() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := ln.Addr().String()
	ln.Close()
	s.Own = "http://" + addr + "/"
	s.URL = cmp.Or(s.o.Public, s.Own)
	log, err := os.Create(filepath.Join(s.Dir, "data/logs/server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	// All its workers end with the pipe, even when the test is killed.
	s.cmd = exec.Command("sh", "-c", `php -d opcache.enable=0 -S "$0" "$1" </dev/null & cat >/dev/null; kill -KILL 0`, addr, filepath.Join(s.Programs, "router.php"))
	s.cmd.Env = append(s.env, "EXPOSURE_HOST_URL="+s.URL)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.Programs, log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s.hold, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		said := s.Log("server.log")
		if strings.Contains(said, ") started") {
			return nil
		}
		if strings.Contains(said, "Failed to listen") {
			break
		}
	}
	s.stop()
	return errors.New("it does not listen")
}

func (s *Shop) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.hold.Close()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Log is what a log of the shop holds: error.log has every notice of PHP, hooks.log every
// hook that was called, in order.
func (s *Shop) Log(name string) string {
	s.tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "data/logs", name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.tb.Fatalf("reading a log of the shop: %v", err)
	}
	return string(text)
}

// Hooks returns the hooks that were called since it was asked last.
func (s *Shop) Hooks() []string {
	s.tb.Helper()
	path := filepath.Join(s.Dir, "data/logs/hooks.log")
	text := s.Log("hooks.log")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.tb.Fatalf("beginning a log of the shop anew: %v", err)
	}
	var names []string
	for line := range strings.Lines(text) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), "hook ")
		names = append(names, name)
	}
	return names
}
