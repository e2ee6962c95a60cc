package main

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/vault"
)

// TestRetiringATagKeyWaitsForResets: what is kept about members is only found by the key it
// was written under, until it is written anew.
func TestRetiringATagKeyWaitsForResets(t *testing.T) {
	p := newOffice(t)
	db, keys, err := p.store()
	if err != nil {
		t.Fatal(err)
	}
	members := func(print func(string, []byte) []byte) (all []reset.Planned) {
		for _, id := range []string{"1", "2"} {
			all = append(all, reset.Planned{MemberID: id, Fingerprint: print(id, []byte("old"))})
		}
		return all
	}
	_, err = db.Resets(keys).Plan(t.Context(), p.entry(audit.ResetPlan), members(keys.PasswordFingerprint))
	err = errors.Join(err, db.Resets(keys).Hold(t.Context(), "wait", p.entry(audit.ResetHold)), db.Close(),
		(keyRotateCmd{Purposes: []string{"tag", "member_id_seal", "session_seal"}, Commit: true}).Run(p))
	if err != nil {
		t.Fatal(err)
	}
	if db, keys, err = p.store(); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := db.Resets(keys)
	hard := func(want ...string) {
		t.Helper()
		var found []string
		for _, n := range needsOfOld(t, p, keys) {
			if n.Hard {
				found = append(found, n.What)
			}
		}
		if len(found) != len(want) {
			t.Fatalf("%q still needs the old keys, want %d", found, len(want))
		}
		for i, w := range want {
			if !strings.Contains(found[i], w) {
				t.Errorf("%q, want %q", found[i], w)
			}
		}
	}
	hard("2 forced resets", "resets are held", "2 passwords", "2 rows about members")
	if _, err := r.Change(t.Context(), p.entry(audit.ResetOrder), []string{"1"}, func(x breach.Reset) (breach.Reset, error) {
		return x.Order(p.entry(audit.ResetOrder).At), nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err = r.Plan(t.Context(), p.entry(audit.ResetPlan), members(keys.PasswordFingerprint))
	if err = errors.Join(err, r.Release(t.Context(), p.entry(audit.ResetRelease))); err != nil {
		t.Fatal(err)
	}
	hard("1 passwords") // what was ordered keeps the fingerprint of its order until it is barred
	if _, err := r.Change(t.Context(), p.entry(audit.ResetBar), []string{"1"}, func(x breach.Reset) (breach.Reset, error) {
		return x.Bar(p.entry(audit.ResetBar).At)
	}); err != nil {
		t.Fatal(err)
	}
	hard()
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// keysOf is what stands in the key files.
func keysOf(t *testing.T, p *program) (vault.Files, []vault.Info) {
	t.Helper()
	f, err := p.changeKeys()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	all, err := f.files().Keys()
	if err != nil {
		t.Fatal(err)
	}
	return f.files(), all
}

// needsOfOld is what still needs the keys that only open.
func needsOfOld(t *testing.T, p *program, keys *vault.Server) []need {
	t.Helper()
	files, all := keysOf(t, p)
	var old []vault.Info
	for _, k := range all {
		if k.Duty == vault.Opens {
			old = append(old, k)
		}
	}
	db, _, err := p.store()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	needs, err := needsOf(p, db, keys, files, old)
	if err != nil {
		t.Fatal(err)
	}
	return needs
}
