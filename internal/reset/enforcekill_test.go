package reset_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// enforcedDir is the variable in which the child that is killed reads where it works.
const enforcedDir = "EXPOSURE_TEST_ENFORCED_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(enforcedDir); dir != "" {
		if err := enforceIn(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// enforceIn bars everybody ordered, as the program does that is killed.
func enforceIn(dir string) error {
	keys, err := vault.LoadServer(filepath.Join(dir, "key"))
	if err != nil {
		return err
	}
	db, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(dir, "exposure.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	shop, err := newLiteShop(dir, keys.PasswordFingerprint)
	if err != nil {
		return err
	}
	defer shop.db.Close()
	return reset.NewEnforcer(reset.EnforcerConfig{
		Resets: db.Resets(keys), Connector: shop, Sweep: 20 * time.Millisecond,
		Held: func(context.Context) (bool, error) { return false, nil },
	}).Bar(context.Background())
}

// TestKilledWhileBarring: the program is killed again and again at any point and started
// anew. In the end everybody is barred once, and no password was taken twice.
func TestKilledWhileBarring(t *testing.T) {
	b := &bench{shopRig: newShopRig(t, nil, numbered(120)...)}
	dir := filepath.Dir(b.path)
	b.shop = openShop(t, dir, b.keys.PasswordFingerprint)
	b.shop.joins(t, "old", numbered(120)...)
	if err := os.WriteFile(filepath.Join(dir, "key"), b.keyFile, 0o600); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for n := 0; ; n++ {
		if n > 200 {
			t.Fatal("it never comes to an end")
		}
		child := exec.Command(os.Args[0])
		child.Env, child.Stderr = append(os.Environ(), enforcedDir+"="+dir), os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		killed := time.AfterFunc(time.Duration(40+rand.IntN(40+90*n))*time.Millisecond, func() { _ = child.Process.Kill() })
		err := child.Wait()
		if killed.Stop(); err == nil {
			break
		}
		if child.ProcessState.Exited() {
			t.Fatal("it failed")
		}
		kills++
	}
	if kills == 0 {
		t.Error("nothing was killed")
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM customer WHERE password = '' AND blanked = 1`); n != 120 {
		t.Errorf("of 120 members %d were barred just once in the shop", n)
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM session`); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	rows := b.barRows(t)
	for _, n := range rows {
		if n != 1 {
			t.Errorf("a member was barred %d times in the log", n)
		}
	}
	for _, id := range []string{"1", "60", "120"} {
		if r := b.reset(t, id); r.State != breach.ResetRequired || r.Barred.IsZero() {
			t.Errorf("member %s: %s, barred %s", id, r.State, r.Barred)
		}
	}
	if err := b.store.Check(t.Context()); err != nil || len(rows) != 120 {
		t.Errorf("%d members barred in the log, %v", len(rows), err)
	}
}
