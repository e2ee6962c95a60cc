package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestARetirementThatIsKilledBeforeItsRecord: whoever ends it leaves the tag key first, so
// that the look-up, which was last opened under it, is still proven to be open.
func TestARetirementThatIsKilledBeforeItsRecord(t *testing.T) {
	p := newOffice(t)
	db, keys, err := p.store()
	if err != nil {
		t.Fatal(err)
	}
	roster := db.Roster(keys, [32]byte{})
	err = errors.Join(roster.Pause(t.Context(), sqlstore.PauseOrder{Reason: "under the old key"}, p.entry(audit.Pause)),
		roster.Resume(t.Context(), sqlstore.ResumeOrder{}, p.entry(audit.Resume)), db.Close(),
		(keyRotateCmd{Purposes: []string{"tag"}, Commit: true}).Run(p))
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.changeKeys()
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.files().Keys()
	if err != nil {
		t.Fatal(err)
	}
	old := slices.IndexFunc(all, func(k vault.Info) bool { return k.Purpose == "tag" && k.Duty == vault.Opens })
	to, _, err := f.files().Retire(all[old].ID)
	if err = errors.Join(err, f.server.Prepare(to.Server)); err != nil {
		t.Fatal(err)
	}
	f.close() // killed
	if err := (keyRotateCmd{Purposes: []string{"network"}, Commit: true}).Run(p); err != nil {
		t.Fatal(err)
	}
	if db, keys, err = p.store(); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if slices.ContainsFunc(keys.RosterKeys(), func(k breach.RosterKey) bool { return k.ID == all[old].ID }) {
		t.Error("the change was not ended")
	}
	if pause, err := db.Roster(keys, [32]byte{}).Paused(t.Context()); err != nil || pause != nil {
		t.Errorf("the look-up without the old key: %v, %v; want it open", pause, err)
	}
}

// TestTheVerifierOfAHeadIsTheKeyThatSigned, also while a newer key waits.
func TestTheVerifierOfAHeadIsTheKeyThatSigned(t *testing.T) {
	p := newOffice(t)
	if err := (keyRotateCmd{Purposes: []string{"audit_signing"}, In: time.Hour, Commit: true}).Run(p); err != nil {
		t.Fatal(err)
	}
	db, keys, err := p.store()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var signed string
	err = db.Audit(keys).Sign(t.Context())
	if err == nil {
		_, signed, err = db.NewestHead(t.Context(), keys)
	}
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := verifierOf(signed, keys)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(verifier, "+", 3)
	public, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(public) != ed25519.PublicKeySize+1 {
		t.Fatalf("%d bytes, %v", len(public), err)
	}
	if _, err := audit.OpenHead(signed, ed25519.PublicKey(public[1:])); err != nil {
		t.Errorf("the key that is named does not verify the head: %v", err)
	}
}
