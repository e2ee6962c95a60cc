package sqlstore_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/sqlstore"
)

// addClient makes a client with the scopes gate and complete, and returns its key.
func addClient(t testing.TB, c *sqlstore.Clients, name string) client.Key {
	t.Helper()
	_, key := client.NewKey(start)
	_, err := c.Change(t.Context(), entryFor(audit.ClientAdd, start), name, func(before client.Client) (client.Client, error) {
		if before.Name != "" {
			return before, client.ErrExists
		}
		return client.New(name, []client.Scope{client.Gate, client.Complete}, key)
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func changeClient(t testing.TB, c *sqlstore.Clients, action audit.Action, name string, step sqlstore.ClientStep) client.Client {
	t.Helper()
	after, err := c.Change(t.Context(), entryFor(action, start), name, step)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func revoke(id string) sqlstore.ClientStep {
	return func(c client.Client) (client.Client, error) { return c.Revoke(id) }
}

// knows checks whether a key is one of a client's, and what is known of it.
func knows(t testing.TB, c *sqlstore.Clients, k client.Key, want bool) client.Client {
	t.Helper()
	got, err := c.ByKey(t.Context(), k.Hash)
	if want && err != nil || !want && !errors.Is(err, client.ErrUnknown) {
		t.Errorf("ByKey = %v, %v; known: %v", got, err, want)
	}
	return got
}

// TestClientStory: what one program does the other sees at once, and after a restart.
func TestClientStory(t *testing.T) {
	s := newStore(t)
	office := s.Clients(s.keys)
	s.reopen(t)
	server := s.Clients(s.keys)
	if all, err := server.All(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("All = %v, %v before there was one", all, err)
	}
	first := addClient(t, office, "kit")
	other := addClient(t, office, "cron")
	if got := knows(t, server, first, true); got.Name != "kit" || !got.May(client.Gate) || got.May(client.List) || !got.Made.Equal(start) {
		t.Errorf("kit = %+v", got)
	}
	_, second := client.NewKey(start.Add(time.Hour))
	changeClient(t, office, audit.ClientRotate, "kit", func(c client.Client) (client.Client, error) { return c.Rotate(second) })
	knows(t, server, first, true)
	knows(t, server, second, true)
	changeClient(t, server, audit.ClientSuspend, "kit", func(c client.Client) (client.Client, error) { return c.Suspend(start.Add(2 * time.Hour)) })
	if got := knows(t, office, second, true); !got.Suspended.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("suspended %v", got.Suspended)
	}
	_, third := client.NewKey(start.Add(3 * time.Hour))
	changeClient(t, office, audit.ClientRotate, "kit", func(c client.Client) (client.Client, error) { return c.Rotate(third) })
	knows(t, server, first, false)
	knows(t, server, second, false)
	if got := knows(t, server, third, true); !got.Suspended.IsZero() {
		t.Error("a new key did not end the suspension")
	}
	changeClient(t, office, audit.ClientRevoke, "kit", revoke(""))
	s.reopen(t)
	for _, c := range []*sqlstore.Clients{server, s.Clients(s.keys)} {
		knows(t, c, third, false)
		knows(t, c, other, true)
		all, err := c.All(t.Context())
		if err != nil || len(all) != 1 || all[0].Name != "cron" {
			t.Errorf("All = %v, %v, want cron alone", all, err)
		}
	}
	addClient(t, office, "kit") // the name is free again
	if v := s.verify(t); v.Bad != nil || v.Rows != 7 {
		t.Errorf("the audit log: %+v", v)
	}
}

func TestClientStepsThatFailChangeNothing(t *testing.T) {
	s := newStore(t)
	c := s.Clients(s.keys)
	key := addClient(t, c, "kit")
	for name, step := range map[string]sqlstore.ClientStep{
		"same":     func(c client.Client) (client.Client, error) { return c, nil },
		"no key":   revoke("00000000"),
		"an error": func(c client.Client) (client.Client, error) { return client.Client{}, client.ErrTwoKeys },
	} {
		_, err := c.Change(t.Context(), entryFor(audit.ClientRevoke, start), "kit", step)
		if (err == nil) != (name == "same") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Change(t.Context(), entryFor(audit.ClientRevoke, start), "none", revoke("")); !errors.Is(err, client.ErrUnknown) {
		t.Errorf("revoking nobody: %v", err)
	}
	if _, err := c.Change(t.Context(), audit.Entry{}, "kit", revoke("")); !errors.Is(err, audit.ErrInvalid) {
		t.Errorf("without an entry: %v", err)
	}
	knows(t, c, key, true)
	if n := count(t, s.raw(t), `SELECT count(*) FROM audit_entries`); n != 1 {
		t.Errorf("%d audit rows, want that of the first", n)
	}
}

// TestClientsOutliveATagKey: a client of before a rotation, and of before a retirement.
func TestClientsOutliveATagKey(t *testing.T) {
	files := rotatedKeys(t)
	s := newStore(t)
	s.keys = files.before
	s.reopen(t)
	kit, gone := addClient(t, s.Clients(s.keys), "kit"), addClient(t, s.Clients(s.keys), "gone")
	changeClient(t, s.Clients(s.keys), audit.ClientRevoke, "gone", revoke(""))
	if err := s.Clients(s.keys).Claim(t.Context(), "kit", "k", "1001", start); err != nil {
		t.Fatal(err)
	}
	both := s.under(t, files.both)
	knows(t, both.Clients(both.keys), kit, true)
	if err := both.Clients(both.keys).Claim(t.Context(), "kit", "k", "1002", start); !errors.Is(err, client.ErrKeyReused) {
		t.Errorf("a request of before the new key is forgotten: %v", err)
	}
	if err := both.roster.LeaveKey(t.Context(), firstKey, entryFor(audit.KeyRetired, start)); err != nil {
		t.Fatal(err)
	}
	after := s.under(t, files.after)
	c := after.Clients(after.keys)
	knows(t, c, kit, true)
	knows(t, c, gone, false)
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	changeClient(t, c, audit.ClientRevoke, "kit", revoke(""))
	knows(t, c, kit, false)
}

func TestDaysOfUse(t *testing.T) {
	s := newStore(t)
	c := s.Clients(s.keys)
	kit, cron := addClient(t, c, "kit"), addClient(t, c, "cron")
	for _, at := range []time.Time{start, start.Add(time.Hour), start.AddDate(0, 0, 1)} {
		if err := c.Used(t.Context(), kit.Hash, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Used(t.Context(), cron.Hash, start); err != nil {
		t.Fatal(err)
	}
	if err := run(s.raw(t), `UPDATE client_uses SET day = day - 1 WHERE hash = ?`, cron.Hash[:]); err != nil {
		t.Fatal(err)
	}
	all, err := c.All(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if got, want := all[1].Keys[0].Used, time.Date(2023, 7, 26, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("kit was last used on %v, want %v", got, want)
	}
	if got := all[0].Keys[0].Used; !got.IsZero() {
		t.Errorf("a day that somebody changed is told: %v", got)
	}
}

func TestClaims(t *testing.T) {
	s := newStore(t)
	c := s.Clients(s.keys)
	claim := func(name, key, member string, at time.Time, want error) {
		t.Helper()
		if err := c.Claim(t.Context(), name, key, member, at); !errors.Is(err, want) {
			t.Errorf("%s %s for %s: %v, want %v", name, key, member, err, want)
		}
	}
	claim("kit", "a", "1001", start, nil)
	claim("kit", "a", "1001", start, nil)
	claim("kit", "a", "1002", start, client.ErrKeyReused)
	claim("kit", "b", "1002", start, nil)
	claim("cron", "a", "1002", start, nil)
	claim("kit", "a", "1002", start.Add(47*time.Hour), client.ErrKeyReused)
	claim("kit", "a", "1002", start.Add(49*time.Hour), nil) // forgotten by then
	var all sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		all.Go(func() {
			errs[i] = c.Claim(t.Context(), "kit", "c", []string{"1001", "1002"}[i%2], start.Add(49*time.Hour))
		})
	}
	all.Wait()
	won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	for i, err := range errs {
		if (i%2 == won%2) != (err == nil) {
			t.Errorf("claim %d of a race: %v, and %d won", i, err, won)
		}
	}
	for _, row := range valuesOf(t, s.raw(t), `SELECT request, about FROM client_requests`, 2) {
		if len(row[0].([]byte)) != 32 || len(row[1].([]byte)) != 32 {
			t.Errorf("a row holds more than hashes: %v", row)
		}
	}
}
