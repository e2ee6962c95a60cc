package sqlstore_test

import (
	"errors"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
)

// clientTamperings are what somebody who may write the database does to have a revoked key
// accepted, a scope widened, a client planted. Row 3 of 4 revokes the first key of "kit".
var clientTamperings = map[string][]string{
	"revocation removed":     {`DELETE FROM client_states WHERE seq = 4`, `DELETE FROM client_states WHERE seq = 3`},
	"newest removed":         {`DELETE FROM client_states WHERE seq = 4`},
	"newest forgotten":       {`DELETE FROM client_states WHERE seq = 4`, `UPDATE sqlite_sequence SET seq = 3 WHERE name = 'client_states'`},
	"all removed":            {`DELETE FROM client_states`, `DELETE FROM sqlite_sequence WHERE name = 'client_states'`},
	"with its audit row":     {`DELETE FROM client_states WHERE seq = 4`, `UPDATE sqlite_sequence SET seq = 3 WHERE name = 'client_states'`, `DELETE FROM audit_entries WHERE seq = 4`},
	"first row put again":    {`INSERT INTO client_states SELECT 5, name, scopes, live, made, suspended, entry, mac FROM client_states WHERE seq = 1`},
	"revocation overwritten": {`UPDATE client_states SET (live, mac) = (SELECT live, mac FROM client_states WHERE seq = 2) WHERE seq = 3`},
	"keys put back":          {`UPDATE client_states SET live = (SELECT live FROM client_states WHERE seq = 2) WHERE seq = 3`},
	"scopes widened":         {`UPDATE client_states SET scopes = 'gate,complete,list' WHERE seq = 3`},
	"suspension lifted":      {`UPDATE client_states SET suspended = 0 WHERE seq = 4`},
	"renamed":                {`UPDATE client_states SET name = 'cron' WHERE seq = 3`},
	"rows swapped":           {`UPDATE client_states SET seq = 10 WHERE seq = 2`, `UPDATE client_states SET seq = 2 WHERE seq = 3`, `UPDATE client_states SET seq = 3 WHERE seq = 10`},
	"audit row edited":       {`UPDATE audit_entries SET encoded = (SELECT encoded FROM audit_entries WHERE seq = 2) WHERE seq = 3`},
	"audit row hidden":       {`UPDATE audit_entries SET action = 'pause' WHERE seq = 4`},
	"no name":                {`UPDATE client_states SET scopes = 'x' WHERE seq = 1`},
	"half a key":             {`UPDATE client_states SET live = x'00' WHERE seq = 1`},
}

// TestTamperedClientsAreNobody: by a server that runs and by one that starts.
func TestTamperedClientsAreNobody(t *testing.T) {
	for name, statements := range clientTamperings {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			running := s.Clients(s.keys)
			first := addClient(t, running, "kit")
			_, second := client.NewKey(start)
			changeClient(t, running, audit.ClientRotate, "kit", func(c client.Client) (client.Client, error) { return c.Rotate(second) })
			changeClient(t, running, audit.ClientRevoke, "kit", revoke(first.ID()))
			changeClient(t, running, audit.ClientSuspend, "kit", func(c client.Client) (client.Client, error) { return c.Suspend(start) })
			knows(t, running, first, false)
			raw := s.raw(t)
			for _, q := range statements {
				if err := run(raw, q); err != nil {
					t.Fatal(err)
				}
			}
			s.reopen(t)
			started := s.Clients(s.keys)
			// What is in the memory of a running server may be a good answer still; the check of
			// everything, which runs at the start and every ten minutes, finds it.
			if got, err := running.ByKey(t.Context(), first.Hash); err == nil {
				t.Errorf("a running server accepts the revoked key of %v", got)
			}
			if err := running.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("Check = %v", err)
			}
			if got, err := started.ByKey(t.Context(), first.Hash); err == nil {
				t.Errorf("a server that starts accepts the revoked key of %v", got)
			}
			if got, err := started.ByKey(t.Context(), second.Hash); err == nil {
				t.Errorf("a server that starts takes a suspended client for %v", got)
			}
			_, third := client.NewKey(start)
			_, err := started.Change(t.Context(), entryFor(audit.ClientRotate, start), "kit", func(c client.Client) (client.Client, error) { return c.Rotate(third) })
			if err == nil {
				t.Error("something was written on top of it")
			}
		})
	}
}

// TestClientsOfAnotherKeyFile: whoever writes the database with keys of their own plants
// nobody.
func TestClientsOfAnotherKeyFile(t *testing.T) {
	s := newStore(t)
	planted := addClient(t, s.DB.Clients(newKeys(t)), "planted")
	if _, err := s.Clients(s.keys).ByKey(t.Context(), planted.Hash); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a client of another key file: %v", err)
	}
}

// TestPutBackClients: the file of yesterday under a running server, and with a head that was
// kept elsewhere also under one that starts.
func TestPutBackClients(t *testing.T) {
	s := newStore(t)
	c := s.Clients(s.keys)
	key := addClient(t, c, "kit")
	raw := s.raw(t)
	must := func(query string) {
		t.Helper()
		if err := run(raw, query); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"client_states", "audit_entries", "audit_tree", "audit_heads"} {
		must(`CREATE TABLE old_` + table + ` AS SELECT * FROM ` + table)
	}
	knows(t, c, key, true)
	changeClient(t, c, audit.ClientRevoke, "kit", revoke(""))
	knows(t, c, key, false)
	must(`CREATE TABLE late AS SELECT * FROM client_states WHERE seq = 2`)
	for _, table := range []string{"client_states", "audit_entries", "audit_tree", "audit_heads"} {
		must(`DELETE FROM ` + table)
		must(`INSERT INTO ` + table + ` SELECT * FROM old_` + table)
	}
	must(`UPDATE sqlite_sequence SET seq = 1 WHERE name = 'client_states'`)
	if got, err := c.ByKey(t.Context(), key.Hash); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a running server takes the state of yesterday: %v, %v", got, err)
	}
	// Another program goes on from there, so that there are as many rows as before.
	s.reopen(t)
	fork := s.Clients(s.keys)
	added := addClient(t, fork, "new")
	knows(t, fork, added, true)
	if got, err := c.ByKey(t.Context(), key.Hash); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a running server takes what was built on it: %v, %v", got, err)
	}
	// A row of the one history with the log of the other is of neither.
	must(`DELETE FROM client_states WHERE seq = 2`)
	must(`INSERT INTO client_states SELECT * FROM late`)
	s.reopen(t)
	if got, err := s.Clients(s.keys).ByKey(t.Context(), key.Hash); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("two histories are mixed: %v, %v", got, err)
	}
}
