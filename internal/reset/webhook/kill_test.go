package webhook_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/reset/webhook"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// The child that is killed reads where it works from these variables.
const childDir, childURL = "EXPOSURE_TEST_WEBHOOK_DIR", "EXPOSURE_TEST_WEBHOOK_URL"

func holdEntry(at time.Time, hold bool) audit.Entry {
	e := audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: audit.ResetRelease, Outcome: audit.Done}
	if hold {
		e.Action = audit.ResetHold
	}
	return e
}

// deliverForEver is the program that is killed.
func deliverForEver(dir, url string) {
	fatal := func(err error) {
		if err != nil {
			println(err.Error())
			os.Exit(1)
		}
	}
	keys, err := vault.LoadServer(filepath.Join(dir, "key"))
	fatal(err)
	db, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(dir, "exposure.db"))
	fatal(err)
	c, err := config(db.Resets(keys), db.Webhook(keys, url), url)
	fatal(err)
	c.Now = func() time.Time { return start }
	fatal(webhook.New(c).Run(context.Background()))
}

// TestKilledWhileTelling: a worker is killed after the shop took a message and before it
// was written down. The message comes again, with the same id and the same bytes, and
// nothing else is told twice.
func TestKilledWhileTelling(t *testing.T) {
	r := newRig(t)
	r.order(t, "1")
	came, killed := make(chan struct{}, 1), make(chan struct{})
	r.shop.answers(func(event) int {
		came <- struct{}{}
		<-killed
		return 200
	})
	program, err := os.Executable()
	must(t, err)
	child := exec.Command(program)
	child.Env = append(os.Environ(), childDir+"="+r.dir, childURL+"="+r.shop.url)
	child.Stderr = os.Stderr
	must(t, child.Start())
	<-came
	must(t, child.Process.Kill())
	_ = child.Wait()
	close(killed)
	r.shop.answers(always(200))
	w := r.worker(t)
	w.Turn(t.Context())
	if n := len(r.shop.attempts()); n != 1 {
		t.Fatalf("%d messages before the lease of the killed one ran out", n)
	}
	r.pass(time.Minute)
	r.work(t, w, time.Minute)
	got := r.shop.attempts()
	if len(got) != 2 || got[0].id != got[1].id || got[0].body != got[1].body {
		t.Errorf("%v", got)
	}
	if x := r.get(t, "1"); x.Barred.IsZero() {
		t.Error("the member does not count as barred")
	}
}
