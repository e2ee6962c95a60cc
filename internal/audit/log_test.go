package audit_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"exposure/internal/audit"
)

// sealer is one key, as the key file has it.
type sealer struct{ key ed25519.PrivateKey }

func newSealer(seed byte) sealer {
	s := make([]byte, ed25519.SeedSize)
	s[0] = seed
	return sealer{ed25519.NewKeyFromSeed(s)}
}

func (s sealer) AuditSeal(label string, parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, s.key.Seed())
	for _, p := range append([][]byte{[]byte(label)}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

func (s sealer) AuditSealed(seal [32]byte, label string, parts ...[]byte) bool {
	return s.AuditSeal(label, parts...) == seal
}

func (s sealer) AuditVerifiers() []ed25519.PublicKey {
	return []ed25519.PublicKey{s.key.Public().(ed25519.PublicKey)}
}

// TestTreeIsTheOneOfTheLibrary: kept peaks give the roots that the library computes from
// every stored hash, at every size, also after being stored in between.
func TestTreeIsTheOneOfTheLibrary(t *testing.T) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	var tree audit.Tree
	for n := range int64(300) {
		row := fmt.Appendf(nil, "row %d", n)
		hashes, err := tlog.StoredHashes(n, row, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		tree.Append(audit.Leaf(row))
		want, err := tlog.TreeHash(n+1, read)
		if err != nil {
			t.Fatal(err)
		}
		if tree.Root() != want || tree.Size() != n+1 {
			t.Fatalf("size %d: root %s, want %s", n+1, tree.Root(), want)
		}
		if tree, err = audit.ParseTree(tree.Size(), tree.Peaks()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := audit.ParseTree(3, tree.Peaks()); err == nil {
		t.Error("the peaks of another size are read")
	}
}

// TestGoldenLog holds the form of leaves, roots, seals and heads: rows and heads that
// exist are never written again, and kept ones must be readable for years.
func TestGoldenLog(t *testing.T) {
	var tree audit.Tree
	empty := tree.Root()
	for _, e := range []audit.Entry{guess(), publish(), guess()} {
		tree.Append(audit.Leaf(e.Encode()))
	}
	signed, err := audit.Head{Size: 3, Root: tree.Root(), At: at}.Sign(newSealer(1).key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := audit.Leaf(guess().Encode())
	seal := audit.SealRow(newSealer(1), 7, leaf)
	state := audit.State{Tree: tree, Head: 2}
	sealed := state.Seal(newSealer(1))
	got := fmt.Sprintf("%s\n%s\n%s\n%x\n%x\n%s", empty, leaf, tree.Root(), seal, sealed, signed)
	if got != golden {
		t.Errorf("got\n%s\nwant\n%s", got, golden)
	}
}

// TestHeadsAreNotes: anybody's tools for signed notes can check a kept head.
func TestHeadsAreNotes(t *testing.T) {
	s := newSealer(1)
	h := audit.Head{Size: 1 << 40, Root: audit.Leaf(nil), At: at}
	signed, err := h.Sign(s.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := audit.VerifierKey(s.AuditVerifiers()[0])
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(v)); err != nil {
		t.Error(err)
	}
	for _, form := range []string{signed, strings.TrimRight(signed, "\n")} {
		got, err := audit.OpenHead(form, append(newSealer(2).AuditVerifiers(), s.AuditVerifiers()...)...)
		if err != nil || got != h {
			t.Errorf("OpenHead = %+v, %v; want %+v", got, err, h)
		}
	}
}

// TestHeadsRefuse: whatever byte of a head is another one, it is no head.
func TestHeadsRefuse(t *testing.T) {
	s := newSealer(1)
	signed, err := audit.Head{Size: 42, Root: audit.Leaf(nil), At: at}.Sign(s.key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(signed) - 1 {
		bad := []byte(signed)
		bad[i] ^= 1
		if _, err := audit.OpenHead(string(bad), s.AuditVerifiers()...); !errors.Is(err, audit.ErrHead) && !errors.Is(err, audit.ErrSigner) {
			t.Errorf("byte %d is another one: %v", i, err)
		}
	}
	if _, err := audit.OpenHead(signed, newSealer(2).AuditVerifiers()...); !errors.Is(err, audit.ErrSigner) {
		t.Errorf("another key: %v, want ErrSigner", err)
	}
	for _, bad := range []string{"", "exposure audit log\n", signed + signed, strings.Repeat("x", 10_000)} {
		if _, err := audit.OpenHead(bad, s.AuditVerifiers()...); err == nil {
			t.Errorf("%.20q is a head", bad)
		}
	}
	// Signed by the right key, but something else than a head.
	for _, text := range []string{"exposure audit log\n0\n", "go.sum database tree\n1\n" + audit.Leaf(nil).String() + "\n2023-07-25T09:00:00.123Z\n",
		"exposure audit log\n+1\n" + audit.Leaf(nil).String() + "\n2023-07-25T09:00:00.123Z\n"} {
		if _, err := audit.OpenHead(signText(t, s, text), s.AuditVerifiers()...); !errors.Is(err, audit.ErrHead) {
			t.Errorf("%q: %v, want ErrHead", text, err)
		}
	}
}

func signText(t *testing.T, s sealer, text string) string {
	t.Helper()
	hash := sha256.Sum256(append([]byte("exposure-audit\n\x01"), s.AuditVerifiers()[0]...))
	key := fmt.Sprintf("PRIVATE+KEY+exposure-audit+%s+%s", hex.EncodeToString(hash[:4]), b64(append([]byte{1}, s.key.Seed()...)))
	signer, err := note.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

// TestSplitHeads: a file of heads is read whatever a power cut left in it.
func TestSplitHeads(t *testing.T) {
	s := newSealer(1)
	var heads []string
	for n := range int64(3) {
		signed, err := audit.Head{Size: n + 1, Root: audit.Leaf(nil), At: at.Add(time.Duration(n))}.Sign(s.key)
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, signed)
	}
	one := heads[0]
	for n := range len(one) {
		torn := one[:n]
		text := heads[1] + "\n" + torn + "\n" + heads[2] + "\n"
		got, cut := audit.SplitHeads(text)
		var good []string
		for _, h := range got {
			if _, err := audit.OpenHead(h, s.AuditVerifiers()...); err == nil {
				good = append(good, h)
			}
		}
		if n == len(one)-1 { // only the line's end is missing, and it came
			if len(good) != 3 || cut != 0 {
				t.Errorf("%d good heads, %d cut off", len(good), cut)
			}
			continue
		}
		if n > 0 && cut == 0 && n >= len("exposure audit log\n") {
			t.Errorf("torn after %d bytes: not counted", n)
		}
		if all, cut, err := audit.ReadHeads(text, s.AuditVerifiers()...); err != nil || len(all) != 2 {
			t.Errorf("torn after %d bytes: %d heads are read, %d cut off, %v", n, len(all), cut, err)
		}
		for _, text := range []string{torn, torn + "\n", torn + "\n" + torn} {
			if all, cut, err := audit.ReadHeads(text, s.AuditVerifiers()...); err != nil || len(all) != 0 || (cut > 0) != (n > 0) {
				t.Errorf("nothing else, torn after %d bytes: %d heads are read, %d cut off, %v", n, len(all), cut, err)
			}
		}
		if len(good) != 2 || len(got) != 2 || good[0] != heads[1] || good[1] != heads[2] {
			t.Errorf("torn after %d bytes: %d good heads of %d, %d cut off", n, len(good), len(got), cut)
		}
		if end, _ := audit.SplitHeads(heads[1] + "\n" + torn); len(end) != 1 {
			t.Errorf("torn after %d bytes at the end: %d heads", n, len(end))
		}
	}
}

// golden: the root of no rows, a leaf, the root of three rows, the seals of row 7 and of
// a state, and a signed head.
const golden = `47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
Qcn1XRrHwEO2WpYdSZELohngqev4ZLsciOMw64QQPmQ=
VGBstAVZjHsFXxKUT8xYZTWmYT53/QXJzUrTER1Mtyk=
17b265e50763ee821ff6ea8157bf70c356cc4b76f40bd27d32ff8588204482de
88168090d888fa177f3a1c40163a4831d65bca0ef7b3c6b546fc39d127adba9a
exposure audit log
3
VGBstAVZjHsFXxKUT8xYZTWmYT53/QXJzUrTER1Mtyk=
2023-07-25T09:00:00.123Z

— exposure-audit 7t2Cwt3MLUJ6E77MlWUoh56OOzPSOQ8E+n0H5ug4DzBIwkfmzzhKLTYTMy0HdG4a0iYYPciZP76/iAnekpGbV7TUjQ8=
`

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
