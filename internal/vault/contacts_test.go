package vault_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
	"pgregory.net/rapid"

	"exposure/internal/vault"
)

// pair is an installation's two files, open.
func pair(t testing.TB) (*vault.Server, *vault.Operator) {
	t.Helper()
	data, secret := generate(t)
	o, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	return parseServer(t, data), o
}

// TestOnlyTheOperatorOpens what is sealed to them, as what it was sealed, and nothing that
// was touched.
func TestOnlyTheOperatorOpens(t *testing.T) {
	server, operator := pair(t)
	plain := []byte("〒150-0001 東京都渋谷区神宮前1-2-3")
	sealed := server.SealForOperator("contact", plain)
	if got, err := operator.OpenForOperator("contact", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("OpenForOperator = %q, %v", got, err)
	}
	if bytes.Equal(sealed[4:36], server.SealForOperator("contact", plain)[4:36]) {
		t.Error("two boxes of one key pair")
	}
	for i := range sealed {
		for _, bit := range []byte{1, 0x80} {
			bent := bytes.Clone(sealed)
			bent[i] ^= bit
			if _, err := operator.OpenForOperator("contact", bent); !errors.Is(err, vault.ErrSealed) {
				t.Errorf("byte %d bent: %v, want ErrSealed", i, err)
			}
		}
		if _, err := operator.OpenForOperator("contact", sealed[:i]); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("cut off at %d: %v, want ErrSealed", i, err)
		}
	}
	_, stranger := pair(t)
	for name, err := range map[string]error{
		"another label":    second(operator.OpenForOperator("letter-request", sealed)),
		"a shorter label":  second(operator.OpenForOperator("contac", sealed)),
		"longer":           second(operator.OpenForOperator("contact", append(bytes.Clone(sealed), 0))),
		"other keys":       second(stranger.OpenForOperator("contact", sealed)),
		"the server's own": second(server.Open("contact", sealed, nil)),
		"other way round":  second(operator.OpenForOperator("contact", server.Seal("contact", plain, nil))),
	} {
		if !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

// TestSealedLengths: what is sealed to the operator opens as it was, whatever it is, and its
// length tells blocks, not bytes.
func TestSealedLengths(t *testing.T) {
	server, operator := pair(t)
	rapid.Check(t, func(rt *rapid.T) {
		label, plain := rapid.StringMatching(`[a-z-]{0,255}`).Draw(rt, "label"), rapid.SliceOf(rapid.SampledFrom([]byte{0, 0x80, 'a'})).Draw(rt, "plain")
		sealed := server.SealForOperator(label, plain)
		got, err := operator.OpenForOperator(label, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("%q came back as %q, %v", plain, got, err)
		}
		if n := len(sealed) - 4 - 72; n%256 != 0 || n > len(label)+len(plain)+2+255 {
			rt.Fatalf("%d bytes are sealed in %d", len(plain), n)
		}
	})
	for n := range 600 { // of every length, the ends of blocks among them
		plain := bytes.Repeat([]byte{0x80}, n)
		sealed := server.SealForOperator("contact", plain)
		got, err := operator.OpenForOperator("contact", sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes came back as %d, %v", n, len(got), err)
		}
		if blocks := (1 + len("contact") + n + 1 + 255) / 256; len(sealed) != 4+32+24+16+256*blocks {
			t.Errorf("%d bytes are sealed in %d, want %d blocks", n, len(sealed), blocks)
		}
	}
}

// TestManyAreSealedTogether: under one encapsulated key, each with a nonce of its own.
func TestManyAreSealedTogether(t *testing.T) {
	server, operator := pair(t)
	seal, encapsulated, nonces := server.OperatorSealer(), map[string]bool{}, map[string]bool{}
	for i := range 1000 {
		plain := fmt.Append(nil, i)
		sealed := seal("contact", plain)
		if got, err := operator.OpenForOperator("contact", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("OpenForOperator = %q, %v", got, err)
		}
		encapsulated[string(sealed[4:36])], nonces[string(sealed[36:60])] = true, true
	}
	if len(encapsulated) != 1 || len(nonces) != 1000 {
		t.Errorf("%d encapsulated keys and %d nonces for 1,000 values", len(encapsulated), len(nonces))
	}
}

// contactsPublic is the id and the public half of the pair that contacts are sealed to.
func contactsPublic(t testing.TB, data []byte) ([]byte, *[32]byte) {
	t.Helper()
	for _, k := range decode(t, data).Keys {
		if k["purpose"] == "contacts_public" {
			public, err := base64.StdEncoding.DecodeString(k["secret"].(string))
			if err != nil {
				t.Fatal(err)
			}
			return parseServer(t, data).SealForOperator("", nil)[:4:4], (*[32]byte)(public)
		}
	}
	t.Fatal("no such key")
	return nil, nil
}

// TestContactsOutliveTheirKey: after a rotation what is new is sealed to the new key, and
// what is old opens, until the old key is retired.
func TestContactsOutliveTheirKey(t *testing.T) {
	data, secret := generate(t)
	old := parseServer(t, data).SealForOperator("contact", []byte("old"))
	rotated, made, err := vault.Files{Server: data, Operator: secret}.Rotate([]string{"contacts"}, made.Add(time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	fresh := parseServer(t, rotated.Server).SealForOperator("contact", []byte("new"))
	both, err := vault.ParseOperator(rotated.Operator)
	if err != nil {
		t.Fatal(err)
	}
	for want, sealed := range map[string][]byte{"old": old, "new": fresh} {
		if got, err := both.OpenForOperator("contact", sealed); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", want, got, err)
		}
	}
	before, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.OpenForOperator("contact", fresh); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("the old key opens what is new: %v", err)
	}
	keys, err := rotated.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Purpose != "contacts" || k.ID == made[0].ID || k.Operator {
			continue
		}
		left, _, err := rotated.Retire(k.ID)
		if err != nil {
			t.Fatal(err)
		}
		after, err := vault.ParseOperator(left.Operator)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := after.OpenForOperator("contact", old); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("a retired key opens: %v", err)
		}
	}
}

// FuzzOpenForOperator: whoever has the public key can put anything into a box. It opens as
// what its own sealing would have made, or not at all.
func FuzzOpenForOperator(f *testing.F) {
	data, secret := generate(f)
	operator, err := vault.ParseOperator(secret)
	if err != nil {
		f.Fatal(err)
	}
	good := parseServer(f, data).SealForOperator("contact", nil)
	id, public := contactsPublic(f, data)
	inside := append([]byte("\x07contactsomebody\x80"), make([]byte, 239)...)
	f.Add("contact", inside, false)
	f.Add("contacts", inside, false)
	f.Add("contact", inside[:255], false)
	f.Add("contact", append(bytes.Clone(inside), inside...), false)
	f.Add("", append([]byte("\x00\x80"), make([]byte, 510)...), false)
	f.Add("\x80", append([]byte("\xff\x80"), make([]byte, 254)...), false)
	f.Add("contact", good, true)
	f.Fuzz(func(t *testing.T, label string, content []byte, raw bool) {
		sealed := content
		if !raw {
			sealed = foreignSealed(t, id, public, content)
		}
		plain, err := operator.OpenForOperator(label, sealed)
		switch {
		case err != nil && (!errors.Is(err, vault.ErrSealed) || plain != nil):
			t.Fatalf("OpenForOperator = %q, %v", plain, err)
		case raw && (err == nil) != (label == "contact" && bytes.Equal(sealed, good)):
			t.Fatalf("a made-up box: %q, %v", plain, err)
		case !raw && (err == nil) != canonical(label, plain, content):
			t.Fatalf("%q as %q opens as %q, %v", content, label, plain, err)
		}
	})
}

// foreignSealed is what another program would write that knows the public key and the form.
func foreignSealed(t *testing.T, id []byte, public *[32]byte, content []byte) []byte {
	t.Helper()
	to, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(public[:])
	if err != nil {
		t.Fatal(err)
	}
	enc, sender, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.ExportOnly(), nil)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := sender.Export("exposure/operator", 32)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, aead.NonceSize())
	return aead.Seal(slices.Concat(id, enc, nonce), nonce, content, nil)
}

// canonical tells whether this is what sealing puts into a box.
func canonical(label string, plain, content []byte) bool {
	want := append(append([]byte{byte(len(label))}, label...), plain...)
	want = append(want, 0x80)
	want = append(want, make([]byte, (256-len(want)%256)%256)...)
	return len(label) < 256 && bytes.Equal(content, want)
}

func BenchmarkSealForOperator(b *testing.B) {
	server, _ := pair(b)
	for b.Loop() {
		server.SealForOperator("contact", make([]byte, 200))
	}
}

func BenchmarkOperatorSealer(b *testing.B) {
	server, _ := pair(b)
	seal := server.OperatorSealer()
	for b.Loop() {
		seal("contact", make([]byte, 200))
	}
}
