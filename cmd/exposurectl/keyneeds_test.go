package main

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestWhatStillNeedsEachKey: once every key was rotated, each old one names what was made
// under it, in this order and with what no reason waives.
func TestWhatStillNeedsEachKey(t *testing.T) {
	p, keys := stockedSite(t)
	purposes := keyPurposes(t, p)
	if err := (keyRotateCmd{Purposes: vault.Purposes(), Commit: true}).Run(p); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, n := range needsOfOld(t, p, keys) {
		if n.Hard {
			n.What += " (hard)"
		}
		found[purposes[n.Key]] = append(found[purposes[n.Key]], n.What)
	}
	if diff := cmp.Diff(neededAtTheSite(), found); diff != "" {
		t.Error(diff)
	}
}

// neededAtTheSite is what needs the keys of stockedSite, by purpose.
func neededAtTheSite() map[string][]string {
	const unused = "no server was started with the key that follows it, or one was started without it since"
	const published = "version 1 holds what only it opens, and is published: import again and publish that (hard)"
	return map[string][]string{
		"tag": {
			"version 1, by which customers are answered, was made under it: import again and publish that (hard)",
			unused,
			`2 forced resets are only found by it: "reset plan" writes them anew (hard)`,
			`1 that resets are held, or are not any more, is only proven by it: "reset hold" and "reset hold --release" write it anew (hard)`,
			`2 passwords of members can only be compared by it: "reset plan" reads those anew that are only planned; the others are done with once they are barred (hard)`,
			`1 addresses are only known by it to be canaries: "canary add" again`,
			"check numbers that people were told are made with it: everybody gets another one, and the old ones are not recognised",
		},
		"session_seal":  {unused, "1 members are told of their new password at an address that only it opens"},
		"code_pepper":   {unused},
		"audit_signing": {"rows of the audit log, and the guesses that count among them, are proven by it as long as there is the log (hard)"},
		"check_number":  {"numbers that people were told are only recognised by it"},
		"letter":        {"4 numbers of printed letters are only known by it: whoever has one is told that it is not known"},
		"contacts": {
			"1 notes of the call centre only open with it",
			"names and addresses of the people of version 1, for letters, only open with it: import again and publish that",
		},
		"member_id_seal": {
			published,
			`these accounts of the call centre sign in with what only it proves; "agent reset" gives them something new: sato.hana`,
			`2 rows about members hold what only it opens: "reset plan" and "contact add" write them anew (hard)`,
		},
		"evidence": {published},
	}
}

func keyPurposes(t *testing.T, p *program) map[string]string {
	t.Helper()
	purposes := map[string]string{}
	_, all := keysOf(t, p)
	for _, k := range all {
		purposes[k.ID] = k.Purpose
	}
	return purposes
}

// stockedSite has something under every key that keeps anything: a published version,
// letters, a caller's question, an account, a canary, resets that are held.
func stockedSite(t *testing.T) (*program, *vault.Server) {
	t.Helper()
	s := newLetterSite(t, smallTown)
	s.letters(t, "--csv", s.at("a.csv"), "--by-hand", s.at("hand.csv"), "--commit")
	p := &program{
		cli:      &cli{KeyFile: s.at("key"), Operator: s.at("key.operator"), Database: "sqlite:" + s.at("db")},
		terminal: terminal{Out: io.Discard, Err: io.Discard}, ctx: context.WithoutCancel(t.Context()),
	}
	by := onePerson{"Ito Ken"}
	if err := (agentAddCmd{Name: "sato.hana", Role: agent.RoleAgent, given: given{onePerson: by, Commit: true}}).Run(p); err != nil {
		t.Fatal(err)
	}
	db, keys, err := p.store()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	leave(t, db, keys, agent.TicketNoteLabel, agent.TicketNote{Note: "いつ買ったか"})
	canary, err := email.Parse("suzume@example.jp")
	entry, wrong := by.entry(p, audit.CanaryAdd, "")
	err = errors.Join(err, wrong, db.Canaries(keys).Add(t.Context(), sqlstore.CanaryAddress, keys.Tags(canary).Newest(), by.By, entry))
	if err != nil {
		t.Fatal(err)
	}
	stockResets(t, p, db.Resets(keys), keys, canary)
	return p, keys
}

// stockResets plans the resets of two members, one of whom will be told, and holds them.
func stockResets(t *testing.T, p *program, resets *sqlstore.Resets, keys *vault.Server, told email.Address) {
	t.Helper()
	mark := keys.PasswordFingerprint
	_, err := resets.Plan(t.Context(), p.entry(audit.ResetPlan), []reset.Planned{
		{MemberID: "7", Fingerprint: mark("7", []byte("old"))}, {MemberID: "9", Fingerprint: mark("9", []byte("old"))},
	})
	_, wrong := resets.Change(t.Context(), p.entry(audit.ResetOrder), []string{"7"}, func(r breach.Reset) (breach.Reset, error) {
		r.Notify = reset.SealNotice(keys, "7", told)
		return r, nil
	})
	if err := errors.Join(err, wrong, resets.Hold(t.Context(), "wait", p.entry(audit.ResetHold))); err != nil {
		t.Fatal(err)
	}
}
