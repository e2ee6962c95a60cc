package vault_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/vault"
)

// TestRotatedKeysLiveTogether: everything made under the old keys is known after a rotation
// of all, what is new is made under the new ones, and the pair still fits.
func TestRotatedKeysLiveTogether(t *testing.T) {
	data, secret := generate(t)
	old := parseServer(t, data)
	to, made, err := vault.Files{Server: data, Operator: secret}.Rotate(vault.Purposes(), made.Add(time.Hour), 0)
	if err != nil || len(made) != 11 {
		t.Fatalf("%d keys, %v", len(made), err)
	}
	both := parseServer(t, to.Server)
	operator, err := vault.ParseOperator(to.Operator)
	if err != nil || operator.Belongs(both) != nil || operator.Belongs(old) != nil {
		t.Errorf("the pair: %v", err)
	}
	a := address(t, "a@example.jp")
	if tags := both.Tags(a); tags.Oldest() != old.Tag(a) || tags.Newest() == old.Tag(a) {
		t.Error("the tags of both keys are mixed up")
	}
	if !slices.Contains(both.CodeMACs([]byte("x")), old.CodeMAC([]byte("x"))) || both.CodeMAC([]byte("x")) == old.CodeMAC([]byte("x")) {
		t.Error("code MACs")
	}
	if !slices.Contains(both.DeriveSecrets("l", []byte("n")), old.DeriveSecret("l", []byte("n"))) {
		t.Error("secrets")
	}
	if both.LetterTags("12345678901234").Oldest() != old.LetterTags("12345678901234").Newest() || !both.KnowsCheckNumber(both.Tags(a), old.CheckNumber(old.Tags(a))) {
		t.Error("numbers that people hold are not known any more")
	}
	if both.KnowsCheckNumber(both.Tags(address(t, "b@example.jp")), old.CheckNumber(old.Tags(a))) {
		t.Error("a number of somebody else is known")
	}
	if n := both.NetworkTag([]byte("n")); n == old.NetworkTag([]byte("n")) {
		t.Error("networks are still known under the old key")
	}
}

// TestADelayedKeyWaits: until its time it only opens.
func TestADelayedKeyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data, _, err := vault.Generate(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		to, _, err := vault.Files{Server: data}.Rotate([]string{"session_seal", "code_pepper", "audit_signing"}, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		old, both := parseServer(t, data), parseServer(t, to.Server)
		understood := func() bool {
			_, err := old.Open("x", both.Seal("x", nil, nil), nil)
			return err == nil && both.CodeMAC() == old.CodeMAC() && both.AuditSeal("x") == old.AuditSeal("x")
		}
		if !understood() {
			t.Error("a node with the old file does not understand one with the new file")
		}
		time.Sleep(time.Hour)
		if understood() {
			t.Error("the new keys never write")
		}
	})
}

// TestHostileKeyFiles are refused with a sentence that says why.
func TestHostileKeyFiles(t *testing.T) {
	data, _ := generate(t)
	for name, c := range map[string]struct {
		spoil func(*keyFile)
		says  string
	}{
		"one key for two purposes": {func(f *keyFile) { f.Keys[1]["secret"] = f.Keys[0]["secret"] }, "no key may serve twice"},
		"made in the future":       {func(f *keyFile) { f.Keys[0]["created"] = time.Now().Add(48 * time.Hour) }, "in the future"},
		"a delay of a year":        {func(f *keyFile) { f.Keys[0]["writes"] = made.Add(365 * 24 * time.Hour) }, "no time soon after"},
	} {
		f := decode(t, data)
		c.spoil(&f)
		if _, err := vault.ParseServer(f.encode(t)); !errors.Is(err, vault.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := vault.Files{Server: data}
	for range 7 {
		to, _, err := files.Rotate([]string{"network"}, made, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = to
	}
	if _, _, err := files.Rotate([]string{"network"}, made, 0); !errors.Is(err, vault.ErrTooManyKeys) {
		t.Errorf("a ninth key: %v", err)
	}
}

// TestRotatedFile: a second key of a purpose. The newest writes, both open.
func TestRotatedFile(t *testing.T) {
	data, _ := generate(t)
	old := parseServer(t, data)
	second, _ := generate(t)
	f, g := decode(t, data), decode(t, second)
	for _, k := range g.Keys {
		if p := k["purpose"]; p == "session_seal" || p == "member_id_seal" || p == "tag" {
			k["created"] = made.Add(time.Hour)
			f.Keys = append([]map[string]any{k}, f.Keys...) // the order in the file does not matter
		}
	}
	both, newer := parseServer(t, f.encode(t)), parseServer(t, second)
	sealed, member := old.Seal("x", []byte("hello"), nil), old.SealMemberID("m1")
	if got, err := both.Open("x", sealed, nil); err != nil || string(got) != "hello" {
		t.Errorf("the old key does not open any more: %v", err)
	}
	if got, err := both.OpenMemberID(member); err != nil || got != "m1" {
		t.Errorf("the old key does not open any more: %v", err)
	}
	if _, err := newer.Open("x", both.Seal("x", []byte("hello"), nil), nil); err != nil {
		t.Errorf("the newest key does not write: %v", err)
	}
	if _, err := old.Open("x", both.Seal("x", nil, nil), nil); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("the old key still writes: %v", err)
	}
	if both.KeyCheck() != newer.KeyCheck() || both.TagKeyID() != newer.TagKeyID() {
		t.Error("the newest tag key does not count")
	}
}
