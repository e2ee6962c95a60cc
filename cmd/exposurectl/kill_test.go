package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// kills is at how many moments an import is killed.
const kills = 50

// TestKilledImports kills imports at random moments while customers are answered from
// the published version: every answer stays the same, no half version is ever there, and
// the next import goes through.
func TestKilledImports(t *testing.T) {
	site, err := demo.Prepare(t.Context(), t.TempDir(), 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	exports := t.TempDir()
	files, err := demo.NewShop(2).WriteExports(exports)
	if err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context, n int) error {
		first := filepath.Join(exports, fmt.Sprintf("first-%d.txt", n)) // makes the sources others than those before
		if err := os.WriteFile(first, []byte(fmt.Sprintf("nobody.%d@example.org\n", n)), 0o600); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Args = []string{"exposurectl", "import", "--commit", "--shop", "eccube2", "--members", files.Members, "--orders", files.Orders,
			"--items", files.Items, "--deliveries", files.Deliveries, "--settlements", files.Settlements, "--first-notice", first}
		cmd.Env = append(os.Environ(), "EXPOSURE_INCIDENT="+site.Incident, "EXPOSURE_KEY_FILE="+site.KeyFile,
			"EXPOSURE_OPERATOR_KEY_FILE="+site.KeyFile+".operator", "EXPOSURE_DATABASE_URL="+site.Database)
		out, err := cmd.CombinedOutput()
		if ctx.Err() == nil && err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
	began := time.Now()
	if err := run(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)

	versions := openVersions(t, site)
	listed, unlisted := tagOf(t, site, site.Shop.Examples()[0].Email), tagOf(t, site, "nobody@example.org")
	before, err := versions.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop, answered := make(chan struct{}), make(chan error, 1)
	go func() { answered <- keepAnswering(stop, versions, before.ID, listed, unlisted) }()

	all, committed := 2, 0
	for n := range kills {
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(whole))
		began := time.Now()
		err := run(ctx, n+1)
		killed := ctx.Err() != nil
		if !killed { // imports take no longer than that, if the machine was busy before
			whole = min(whole, time.Since(began))
		}
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		now, err := versions.Versions(t.Context())
		if err != nil {
			t.Fatalf("after kill %d: %v", n, err)
		}
		if len(now) == all+1 {
			all, committed = all+1, committed+1
		} else if len(now) != all || !killed {
			t.Fatalf("after kill %d there are %d versions, before there were %d", n, len(now), all)
		}
		if err := versions.Check(t.Context()); err != nil {
			t.Fatalf("after kill %d: %v", n, err)
		}
		for _, v := range now {
			if err := versions.Publishable(t.Context(), v.ID, sqlstore.Publication{By: "a", ApprovedBy: "b"}); err != nil && errors.Is(err, breach.ErrUnproven) {
				t.Fatalf("after kill %d version %d is no whole one: %v", n, v.ID, err)
			}
		}
	}
	if committed == kills {
		t.Fatal("no import was killed before it was done")
	}
	if err := run(t.Context(), kills+1); err != nil {
		t.Fatalf("the import after all the killed ones: %v", err)
	}
	close(stop)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d imports were killed, %d were done before they could be", kills-committed, committed)
}

// keepAnswering looks two addresses up until it is stopped: one listed, one not.
func keepAnswering(stop <-chan struct{}, r *sqlstore.Roster, version int64, listed, unlisted breach.Tags) error {
	for n := 0; ; n++ {
		select {
		case <-stop:
			if n < kills {
				return fmt.Errorf("only %d look-ups were made meanwhile", n)
			}
			return nil
		default:
		}
		for tags, want := range map[breach.Tags]bool{listed: true, unlisted: false} {
			v, answer, err := r.Answer(context.Background(), tags)
			if err != nil || v.ID != version || answer.Listed() != want || answer.Dropped {
				return fmt.Errorf("look-up %d: version %d, listed %v, dropped %v, %w", n, v.ID, answer.Listed(), answer.Dropped, err)
			}
		}
	}
}

func openVersions(t *testing.T, site *demo.Site) *sqlstore.Roster {
	t.Helper()
	in, err := incident.Load(site.Incident)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.LoadServer(site.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), site.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db.Roster(keys, in.Digest)
}

func tagOf(t *testing.T, site *demo.Site, address string) breach.Tags {
	t.Helper()
	keys, err := vault.LoadServer(site.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	a, err := email.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return keys.Tags(a)
}
