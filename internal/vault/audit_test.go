package vault_test

import (
	"slices"
	"testing"
	"time"
)

// TestAuditSeal: a seal is bound to its label, its parts and the key file, and what an
// earlier key sealed is still known.
func TestAuditSeal(t *testing.T) {
	data, _ := generate(t)
	second, _ := generate(t)
	old := parseServer(t, data)
	f := decode(t, data)
	for _, k := range decode(t, second).Keys {
		if k["purpose"] == "audit_signing" {
			k["created"] = made.Add(time.Hour)
			f.Keys = append(f.Keys, k)
		}
	}
	both, newer := parseServer(t, f.encode(t)), parseServer(t, second)
	seal := old.AuditSeal("row", []byte("a"), []byte("b"))
	if !old.AuditSealed(seal, "row", []byte("a"), []byte("b")) || !both.AuditSealed(seal, "row", []byte("a"), []byte("b")) {
		t.Error("a seal is not known again")
	}
	if old.AuditSealed(seal, "state", []byte("a"), []byte("b")) || old.AuditSealed(seal, "row", []byte("ab"), nil) ||
		newer.AuditSealed(seal, "row", []byte("a"), []byte("b")) {
		t.Error("a seal fits something else")
	}
	if both.AuditSeal("row") != newer.AuditSeal("row") || !both.AuditSigner().Equal(newer.AuditSigner()) {
		t.Error("the newest key does not seal")
	}
	if got := both.AuditVerifiers(); len(got) != 2 || !slices.Equal(got[0], newer.AuditVerifiers()[0]) || !slices.Equal(got[1], old.AuditVerifiers()[0]) {
		t.Errorf("%d verifiers, want the newest, then the old one", len(got))
	}
}

func TestAuditSigner(t *testing.T) {
	data, _ := generate(t)
	a, b := parseServer(t, data), parseServer(t, data)
	if !a.AuditSigner().Equal(b.AuditSigner()) || a.AuditSigner().Equal(newServer(t).AuditSigner()) {
		t.Error("the signing key is not a function of the file")
	}
}
