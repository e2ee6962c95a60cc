package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// initTimeout is how long a database server may take to get ready: it may have to recover.
const initTimeout = 30 * time.Second

// Database is a PostgreSQL or MariaDB server of its own, with its data in a folder that
// goes with the test. It listens on the loopback interface and on a socket in that folder.
// It asks for passwords on the former only. Its methods fail the test on trouble and are
// safe for concurrent use.
type Database struct {
	tb      TB
	dir     string
	port    string
	program string
	args    func(d *Database, readOnly bool) ([]string, error) // before each start
	ready   func(d *Database) bool
	before  string // the process that was ready last, if the program writes that down

	mu   sync.Mutex
	cmd  *exec.Cmd
	hold io.Closer // closing it ends the server
}

// Addr is the server's host:port. It stays the same over Restart.
func (d *Database) Addr() string { return "127.0.0.1:" + d.port }

// Dir holds the server's socket.
func (d *Database) Dir() string { return d.dir }

// Stop kills the server as kill -9 does. Its data stay.
func (d *Database) Stop() {
	d.tb.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end()
}

// Restart kills the server if it runs and starts it again with its data.
func (d *Database) Restart() { d.tb.Helper(); d.restart(false) }

// RestartReadOnly is Restart of a server that takes no writes from then on: PostgreSQL as a
// standby, MariaDB with read_only. Restart ends that.
func (d *Database) RestartReadOnly() { d.tb.Helper(); d.restart(true) }

func (d *Database) restart(readOnly bool) {
	d.tb.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end()
	if err := d.start(readOnly); err != nil {
		d.tb.Fatalf("restarting %s: %v", d.program, err)
	}
}

// open makes the folder, lets install fill it, and starts the server.
func (d *Database) open(install func(d *Database) *exec.Cmd) {
	d.tb.Helper()
	var err error
	if d.dir, err = privateFolder(d.tb); err != nil {
		d.tb.Fatalf("making a folder for %s: %v", d.program, err)
	}
	cmd := install(d)
	cmd.Dir, cmd.SysProcAttr = d.dir, notRoot()
	if out, err := cmd.CombinedOutput(); err != nil {
		d.tb.Fatalf("filling the folder of %s: %v\n%s", d.program, err, out)
	}
	d.tb.Cleanup(func() { d.mu.Lock(); defer d.mu.Unlock(); d.end() })
	for range attempts {
		if d.port, err = freePort(); err != nil {
			d.tb.Fatalf("looking for a free port: %v", err)
		}
		if err = d.start(false); err == nil {
			return
		}
		d.tb.Logf("%s on port %s: %v", d.program, d.port, err)
	}
	d.tb.Fatalf("starting %s: %v", d.program, err)
}

// start tries until the server runs: the processes of one that was killed may still be
// there for a moment. One that hangs on a busy machine is killed and tried once more.
func (d *Database) start(readOnly bool) (err error) {
	deadline := time.Now().Add(startTimeout)
	for tries := 1; ; tries++ {
		if err = d.startOnce(readOnly); err == nil || tries > 1 && time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (d *Database) startOnce(readOnly bool) error {
	args, err := d.args(d, readOnly)
	if err != nil {
		return err
	}
	log, err := os.Create(d.log())
	if err != nil {
		return err
	}
	defer log.Close()
	if d.cmd, d.hold, err = holding(d.program, args...); err != nil {
		return err
	}
	d.cmd.SysProcAttr, d.cmd.Dir, d.cmd.Stderr = notRoot(), d.dir, log
	if err := d.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(initTimeout); !d.ready(d); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) || d.gaveUp() {
			d.end()
			text, _ := os.ReadFile(d.log())
			return fmt.Errorf("it does not get ready; its log: %s", text)
		}
	}
	return nil
}

func (d *Database) end() {
	if d.cmd == nil {
		return
	}
	d.hold.Close()
	_ = d.cmd.Wait() // killed on purpose
	d.cmd, d.hold = nil, nil
	// Its children listen on until they notice.
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", d.Addr())
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

func (d *Database) log() string { return filepath.Join(d.dir, "log") }

func (d *Database) logged(text string) bool {
	log, err := os.ReadFile(d.log())
	return err == nil && strings.Contains(string(log), text)
}

// gaveUp tells whether the server says that it ends; the shell that holds it waits on.
func (d *Database) gaveUp() bool {
	return d.logged("PANIC:") || d.logged("FATAL:  could not") || d.logged("FATAL:  lock file") || d.logged("FATAL:  pre-existing") || d.logged("[ERROR] Aborting")
}

// nobody is who runs database servers for root: they refuse to run as root.
const nobody = 65534

func notRoot() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// privateFolder makes a folder for a server that does not run as we do. It is removed when
// the test ends, also by kill: then by a shell that reads from us.
func privateFolder(tb TB) (string, error) {
	// Short, since the path of a socket may have about 100 characters.
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		return "", err
	}
	if notRoot() != nil {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return "", errors.Join(err, os.Remove(dir))
		}
	}
	keeper := exec.Command("sh", "-c", `cat >/dev/null; until rm -rf "$1"; do sleep 0.1; done`, "sh", dir)
	hold, err := keeper.StdinPipe()
	if err == nil {
		err = keeper.Start()
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	tb.Cleanup(func() { hold.Close(); _ = keeper.Wait() })
	return dir, nil
}
