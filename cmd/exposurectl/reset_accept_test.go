package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// resets opens the resets of a site as the server does.
func (s *resetSite) resets(t *testing.T) *sqlstore.Resets {
	t.Helper()
	keys, err := vault.LoadServer(filepath.Join(s.dir, "site.key"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(s.dir, "site.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db.Resets(keys)
}

// A password that was changed without a ticket is accepted by two people, once, and only
// while the shop still holds it.
func TestAcceptedPasswords(t *testing.T) {
	s := newResetSite(t, 10)
	s.must(t, "reset", "plan", "--commit")
	s.must(t, "reset", "order", "all", "--commit")
	observe := func(r breach.Reset) (breach.Reset, error) {
		return r.Observe([]byte("another password"), time.Now()), nil
	}
	bar := func(r breach.Reset) (breach.Reset, error) { return r.Bar(time.Now()) }
	seen := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.ResetUnverified, Outcome: audit.Done}
	resets := s.resets(t)
	if _, err := resets.Change(t.Context(), seen, []string{"1", "2"}, observe); err != nil {
		t.Fatal(err)
	}
	if _, err := resets.Change(t.Context(), seen, []string{"2"}, bar); err != nil {
		t.Fatal(err)
	}
	if out := s.must(t, "reset", "status"); !strings.Contains(out, "     2  changed the password without a ticket") || !strings.Contains(out, "     1  are barred in the shop") {
		t.Error(out)
	}
	if out := s.must(t, "reset", "status", "--members", "changed_unverified"); out != "1\n2\n" {
		t.Errorf("who waits for somebody: %q", out)
	}
	db := openRaw(t, filepath.Join(s.dir, "site.db"))
	defer db.Close()
	if n := s.count(t, db, `SELECT count(*) FROM audit_entries WHERE action = 'explain'`); n != 1 {
		t.Errorf("members were named, and %d rows of the log say so", n)
	}
	accept := func(id string, more ...string) []string {
		return append([]string{"reset", "accept", "--member", id, "--by", "Sato", "--approved-by", "Ito", "--reason", "called back"}, more...)
	}
	s.refused(t, "the shop has made worthless since cannot be accepted", accept("2", "--commit")...)
	if out := s.must(t, accept("1", "--json")...); out != `{"committed":false,"state":"completed"}`+"\n" {
		t.Errorf("a dry run: %s", out)
	}
	if r, err := resets.Get(t.Context(), "1"); err != nil || r.State != breach.ResetChangedUnverified {
		t.Errorf("after a dry run: %s, %v", r.State, err)
	}
	if out := s.must(t, accept("1", "--commit")...); !strings.Contains(out, "Accepted: the reset is completed") {
		t.Error(out)
	}
	if out := s.must(t, accept("1", "--commit")...); !strings.Contains(out, "nothing was changed") {
		t.Error(out)
	}
	if r, err := resets.Get(t.Context(), "1"); err != nil || r.State != breach.ResetCompleted {
		t.Errorf("accepted: %s, %v", r.State, err)
	}
	s.must(t, "audit", "verify")
}

// After a new tag key the next plan writes every row under it, those included that were
// ordered, so that the old key can go.
func TestPlansFollowTheKeys(t *testing.T) {
	s := newResetSite(t, 20)
	s.must(t, "reset", "plan", "--commit")
	s.must(t, "reset", "order", "--member", "3", "--commit")
	db := openRaw(t, filepath.Join(s.dir, "site.db"))
	defer db.Close()
	const keys = `SELECT count(DISTINCT key_check) FROM resets`
	s.must(t, "key", "rotate", "tag", "--commit")
	before := s.count(t, db, `SELECT count(*) FROM audit_entries WHERE action = 'reset_plan'`)
	s.must(t, "reset", "plan", "--commit")
	if n := s.count(t, db, `SELECT count(*) FROM audit_entries WHERE action = 'reset_plan'`); n <= before || s.count(t, db, keys) != 1 {
		t.Errorf("%d rows of the log before, %d after, %d keys", before, n, s.count(t, db, keys))
	}
	again := s.count(t, db, `SELECT count(*) FROM audit_entries`)
	s.must(t, "reset", "plan", "--commit")
	if n := s.count(t, db, `SELECT count(*) FROM audit_entries`); n != again {
		t.Errorf("the same plan again wrote %d rows", n-again)
	}
	if r, err := s.resets(t).Get(t.Context(), "3"); err != nil || r.State != breach.ResetRequired {
		t.Errorf("an ordered reset under the new key: %s, %v", r.State, err)
	}
	if out := s.must(t, "reset", "status"); !strings.Contains(out, "Every row is proven") {
		t.Error(out)
	}
}

func TestTypedNumberOfMembers(t *testing.T) {
	for typed, want := range map[string]error{"1234\n": nil, " 1,234 \n": nil, "1243\n": errRefused, "yes\n": errRefused, "": errRefused} {
		var out bytes.Buffer
		if err := confirmMembers(strings.NewReader(typed), &out, 1234); !errors.Is(err, want) {
			t.Errorf("%q: %v", typed, err)
		}
		if !strings.Contains(out.String(), "cannot be undone") {
			t.Errorf("it asks %q", &out)
		}
	}
}

// Bars fit the terminal, something is never nothing, and a narrow one or a file has none.
func TestBars(t *testing.T) {
	for _, c := range []struct{ width, n, all, want int }{
		{0, 5, 10, 0}, {tableWidth + 5, 5, 10, 0}, {tableWidth + 41, 10, 10, 40}, {tableWidth + 41, 5, 10, 20}, {tableWidth + 41, 1, 100_000, 1}, {tableWidth + 41, 0, 10, 0},
	} {
		if got := (chart{width: c.width, block: "#"}).bar(c.n, c.all); len(got) != c.want {
			t.Errorf("%+v: a bar of %d", c, len(got))
		}
	}
}

// An order asks the page that the incident file names; where it names none, EC-CUBE's. Of
// another shop nobody knows which it is, and the order takes a reason.
func TestForgotPage(t *testing.T) {
	in := &breach.Incident{Site: breach.Site{Origin: "https://shop.example.jp"}}
	for kind, want := range map[string]string{"none": "", "webhook": "", "plugin": "https://shop.example.jp/forgot/",
		"eccube2": "https://shop.example.jp/forgot/", "eccube4": "https://shop.example.jp/forgot/"} {
		if got := forgotPage(in, kind); got != want {
			t.Errorf("%s: %q", kind, got)
		}
		named := &breach.Incident{Site: in.Site, ForgotURL: "https://shop.example.jp/lost-password"}
		if got := forgotPage(named, kind); got != named.ForgotURL {
			t.Errorf("%s, named: %q", kind, got)
		}
		var out ordered
		o := &office{program: &program{ctx: t.Context()}, in: in}
		if want != "" {
			continue
		}
		if err := (resetOrderCmd{}).ready(o, kind, &out); err == nil || !strings.Contains(err.Error(), "--override REASON") || out.Forgot != nil {
			t.Errorf("%s, not said: %v", kind, err)
		}
	}
}
