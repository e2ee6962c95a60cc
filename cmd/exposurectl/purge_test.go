package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/audit"
	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/redisdial"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// purgeUntil is "exposurectl purge" that kills itself with signal 9 after a step:
// "purge-until STEP INCIDENT KEY DATABASE REDIS REPORT [--audit-too]".
func purgeUntil(args []string) int {
	c := cli{Incident: args[1], KeyFile: args[2], Operator: args[2] + ".operator", Database: args[3]}
	p := &program{cli: &c, terminal: terminal{In: os.Stdin, Out: io.Discard, Err: os.Stderr}, ctx: context.Background()}
	cmd := purgeCmd{Confirm: "tougyoku-2023", Early: "a test", RedisURL: args[4], Report: args[5], AuditToo: len(args) > 6, Commit: true, after: func(step string) {
		if step == args[0] {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}}
	if err := cmd.Run(p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// doomed is a published site with a Redis that holds keys of ours and of others.
type doomed struct {
	*demo.Site
	store  *live.RedisServer
	report string
	prefix string // of its keys in Redis
}

func newDoomed(t *testing.T) *doomed {
	t.Helper()
	dir := t.TempDir()
	site, err := demo.Prepare(t.Context(), dir, 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.LoadServer(site.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	d := &doomed{site, live.NewRedis(t), filepath.Join(dir, "report.json"), redisdial.Prefix(audit.Installation(keys.AuditVerifiers()...))}
	d.fill()
	return d
}

// ofOthers are keys in the same Redis: of another installation and of another product.
var ofOthers = []string{"exposure:0000-0000-0000-0000-0000-0000:otp:{aaaa}:web", "other:key"}

func (d *doomed) fill() {
	for i := range 30 {
		d.store.Do(fmt.Sprintf("SET %scode:%d x", d.prefix, i))
	}
	for _, key := range ofOthers {
		d.store.Do("SET " + key + " x")
	}
}

func (d *doomed) path() string { return strings.TrimPrefix(d.Database, "sqlite:") }

func (d *doomed) args(step string) []string {
	return []string{"purge-until", step, d.Incident, d.KeyFile, d.Database, d.store.URL(), d.report}
}

// purgeUntil runs the purge in a process of its own.
func (d *doomed) purgeUntil(t *testing.T, step string, more ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = append(d.args(step), more...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 1 {
		t.Fatalf("until %s: %s", step, out)
	}
	return err
}

// macs are the proofs of all rows of the roster, which stand nowhere else.
func (d *doomed) macs(t *testing.T) (all [][]byte) {
	t.Helper()
	db := openRaw(t, d.path())
	defer db.Close()
	rows, err := db.Query(`SELECT mac FROM roster_tags UNION ALL SELECT mac FROM roster_persons`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// holds counts the values in a file.
func holds(t *testing.T, path string, values [][]byte) (n int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if bytes.Contains(raw, v) {
			n++
		}
	}
	return n
}

// TestKilledPurges kills a purge after each of its steps. Once the keys are gone nothing
// answers, whatever is left; and the next run completes it.
func TestKilledPurges(t *testing.T) {
	for i, step := range []string{stepRecorded, stepKeys, stepRows, stepRedis} {
		t.Run(step, func(t *testing.T) {
			d := newDoomed(t)
			macs := d.macs(t)
			if err := d.purgeUntil(t, step); err == nil {
				t.Fatal("it was not killed")
			}
			_, missing := os.Stat(d.KeyFile)
			if gone := errors.Is(missing, fs.ErrNotExist); gone != (i >= 1) {
				t.Errorf("killed after %s: the key file is gone: %v", step, gone)
			}
			if n := holds(t, d.path(), macs); (n == 0) != (i >= 2) {
				t.Errorf("killed after %s: the database holds %d of %d values", step, n, len(macs))
			}
			if err := d.purgeUntil(t, "never"); err != nil {
				t.Fatalf("the run after that: %v", err)
			}
			d.isPurged(t, macs)
		})
	}
}

// isPurged checks everything that a purge promises.
func (d *doomed) isPurged(t *testing.T, macs [][]byte) {
	t.Helper()
	for _, path := range []string{d.KeyFile, d.KeyFile + ".operator", d.path() + "-wal", d.path() + "-wal.purge"} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", filepath.Base(path), err)
		}
	}
	if n := holds(t, d.path(), macs); n > 0 {
		t.Errorf("the database still holds %d values", n)
	}
	client := redis.NewClient(&redis.Options{Addr: d.store.Addr()})
	defer client.Close()
	if keys, err := client.Keys(t.Context(), "*").Result(); err != nil || !slices.Equal(slices.Sorted(slices.Values(keys)), ofOthers) {
		t.Errorf("Redis holds %v, %v; want the keys of others alone", keys, err)
	}
	raw, err := os.ReadFile(d.report)
	if err != nil {
		t.Fatal(err)
	}
	var r purgeReport
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	if r.FinishedAt == nil || len(r.KeyFiles) != 2 || len(r.Rows) < 4 || r.Redis == nil || !r.Redis.Done || r.Redis.Others != 1 || len(r.Proven) < 4 || len(r.NotProven) < 4 {
		t.Errorf("the report: %s", raw)
	}
	d.logIsProven(t, r)
}

// logIsProven: with nothing but the report, the rows of the audit log are proven to be what
// was signed, and the last of them says that they were the last.
func (d *doomed) logIsProven(t *testing.T, r purgeReport) {
	t.Helper()
	_, key, _ := strings.Cut(r.VerifierKey[strings.Index(r.VerifierKey, "+")+1:], "+")
	public, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(public) != ed25519.PublicKeySize+1 {
		t.Fatalf("the public key in the report: %d bytes, %v", len(public), err)
	}
	head, err := audit.OpenHead(r.Head, ed25519.PublicKey(public[1:]))
	if err != nil {
		t.Fatal(err)
	}
	db := openRaw(t, d.path())
	defer db.Close()
	rows, err := db.Query(`SELECT encoded, action FROM audit_entries ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var tree audit.Tree
	var action string
	for rows.Next() {
		var encoded []byte
		if err := rows.Scan(&encoded, &action); err != nil {
			t.Fatal(err)
		}
		tree.Append(audit.Leaf(encoded))
	}
	if tree.Size() != head.Size || tree.Root() != head.Root || action != string(audit.Purge) {
		t.Errorf("%d rows, the last is %s; signed are %d", tree.Size(), action, head.Size)
	}
}

// TestPurgeUnderAServer: while anything has the database open nothing is touched, and a dry
// run says so.
func TestPurgeUnderAServer(t *testing.T) {
	d := newDoomed(t)
	db, err := sqlstore.Open(t.Context(), d.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out, errs bytes.Buffer
	args := []string{"--incident", d.Incident, "--key-file", d.KeyFile, "--database-url", d.Database, "purge", "--confirm", "tougyoku-2023",
		"--early", "a test", "--report", d.report, "--redis-url", d.store.URL()}
	if code := run(t.Context(), append(args, "--commit"), terminal{strings.NewReader(""), &out, &errs}); code != exitRefused || !strings.Contains(errs.String(), "stop the server first") {
		t.Errorf("exit %d: %s", code, &errs)
	}
	if _, err := vault.LoadServer(d.KeyFile); err != nil {
		t.Errorf("a refused purge touched the keys: %v", err)
	}
	errs.Reset()
	if code := run(t.Context(), args, terminal{strings.NewReader(""), &out, &errs}); code != exitDone || !strings.Contains(errs.String(), "would be refused now") ||
		!strings.Contains(out.String(), "30 keys on 1 masters") {
		t.Errorf("a dry run: exit %d: %s%s", code, &out, &errs)
	}
}
