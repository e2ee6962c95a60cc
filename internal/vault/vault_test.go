package vault_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/vault"
)

var made = time.Date(2023, 7, 20, 12, 0, 0, 0, time.UTC)

func generate(t testing.TB) (server, operator []byte) {
	t.Helper()
	server, operator, err := vault.Generate(made)
	if err != nil {
		t.Fatal(err)
	}
	return server, operator
}

func newServer(t testing.TB) *vault.Server {
	t.Helper()
	data, _ := generate(t)
	return parseServer(t, data)
}

func parseServer(t testing.TB, data []byte) *vault.Server {
	t.Helper()
	s, err := vault.ParseServer(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func address(t testing.TB, s string) email.Address {
	t.Helper()
	a, err := email.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keyFile is a key file as somebody with an editor sees it.
type keyFile struct {
	Kind   string           `json:"kind"`
	Format int              `json:"format"`
	Keys   []map[string]any `json:"keys"`
}

func decode(t testing.TB, data []byte) keyFile {
	t.Helper()
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f keyFile) encode(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestThePairFits(t *testing.T) {
	data, secret := generate(t)
	operator, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	server := parseServer(t, data)
	if err := operator.Belongs(server); err != nil {
		t.Errorf("a fresh pair: %v", err)
	}
	if err := operator.Belongs(newServer(t)); !errors.Is(err, vault.ErrNotPair) {
		t.Errorf("files of two installations: %v, want ErrNotPair", err)
	}
	sealed := operator.SealEvidence([]byte("order 1"), []byte("person 1"))
	if got, err := operator.OpenEvidence(sealed, []byte("person 1")); err != nil || string(got) != "order 1" {
		t.Errorf("OpenEvidence = %q, %v", got, err)
	}
	if _, err := operator.OpenEvidence(sealed, []byte("person 2")); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("evidence of another person: %v, want ErrSealed", err)
	}
}

// TestKeysAreIndependent: no key occurs twice, in one file or in two installations.
func TestKeysAreIndependent(t *testing.T) {
	seen := map[string]string{}
	for range 2 {
		server, operator := generate(t)
		for _, data := range [][]byte{server, operator} {
			for _, k := range decode(t, data).Keys {
				secret, purpose := k["secret"].(string), k["purpose"].(string)
				if other, ok := seen[secret]; ok {
					t.Errorf("%s and %s share a key", purpose, other)
				}
				seen[secret] = purpose
			}
		}
	}
	if len(seen) != 2*11 {
		t.Errorf("%d keys of two installations, want 22", len(seen))
	}
}

func TestWriteAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exposure.key")
	server, operator := generate(t)
	if err := vault.WriteNew(path, server); err != nil {
		t.Fatal(err)
	}
	if err := vault.WriteNew(path+".operator", operator); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := vault.WriteNew(path, operator); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a key file: %v, want ErrExist", err)
	}
	s, err := vault.LoadServer(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.KeyCheck() != parseServer(t, server).KeyCheck() {
		t.Error("the file on the disk holds other keys")
	}
	if _, err := vault.LoadOperator(path + ".operator"); err != nil {
		t.Error(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o602, 0o644, 0o610} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.LoadServer(path); !errors.Is(err, vault.ErrPermissions) {
			t.Errorf("mode %04o: %v, want ErrPermissions", mode, err)
		}
	}
	if _, err := vault.LoadServer(path + ".none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := vault.LoadServer(filepath.Dir(path)); !errors.Is(err, vault.ErrWrongKind) {
		t.Errorf("a folder: %v, want ErrWrongKind", err)
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	server, operator := generate(t)
	edit := func(f func(*keyFile)) []byte {
		k := decode(t, server)
		f(&k)
		return k.encode(t)
	}
	first := func(f func(map[string]any)) []byte { return edit(func(k *keyFile) { f(k.Keys[0]) }) }
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, vault.ErrDamaged},
		{"no JSON", []byte("-----BEGIN PRIVATE KEY-----"), vault.ErrDamaged},
		{"JSON of something else", []byte(`{}`), vault.ErrWrongKind},
		{"operator file", operator, vault.ErrWrongKind},
		{"other kind", edit(func(k *keyFile) { k.Kind = "exposure" }), vault.ErrWrongKind},
		{"newer format", edit(func(k *keyFile) { k.Format = 2 }), vault.ErrUnsupported},
		{"trailing data", append(bytes.Clone(server), "{}"...), vault.ErrDamaged},
		{"unknown field", bytes.Replace(server, []byte(`"format"`), []byte(`"formal": 1, "format"`), 1), vault.ErrDamaged},
		{"field twice", bytes.Replace(server, []byte(`"format"`), []byte(`"format": 1, "format"`), 1), vault.ErrDamaged},
		{"unknown purpose", first(func(k map[string]any) { k["purpose"] = "everything" }), vault.ErrUnsupported},
		{"operator's purpose", first(func(k map[string]any) { k["purpose"] = "evidence" }), vault.ErrUnsupported},
		{"duplicate id", edit(func(k *keyFile) { k.Keys[1]["id"] = k.Keys[0]["id"] }), vault.ErrDamaged},
		{"odd id", first(func(k map[string]any) { k["id"] = "../../x" }), vault.ErrDamaged},
		{"upper-case id", first(func(k map[string]any) { k["id"] = "ABCDEF01" }), vault.ErrDamaged},
		{"no id", first(func(k map[string]any) { k["id"] = "" }), vault.ErrDamaged},
		{"no time", first(func(k map[string]any) { delete(k, "created") }), vault.ErrDamaged},
		{"short key", first(func(k map[string]any) { k["secret"] = "Y2FuYXJ5" }), vault.ErrDamaged},
		{"long key", first(func(k map[string]any) { k["secret"] = strings.Repeat("QUFB", 11) }), vault.ErrDamaged},
		{"zero key", first(func(k map[string]any) { k["secret"] = strings.Repeat("A", 43) + "=" }), vault.ErrDamaged},
		{"no base64", first(func(k map[string]any) { k["secret"] = "canary!" }), vault.ErrDamaged},
		{"missing key", edit(func(k *keyFile) { k.Keys = k.Keys[1:] }), vault.ErrDamaged},
		{"no keys", edit(func(k *keyFile) { k.Keys = nil }), vault.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := vault.ParseServer(c.data)
			if !errors.Is(err, c.want) || s != nil {
				t.Fatalf("ParseServer = %v, %v; want %v", s, err, c.want)
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2FuYXJ5") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
	if _, err := vault.ParseOperator(server); !errors.Is(err, vault.ErrWrongKind) {
		t.Errorf("a server file as the operator's: %v, want ErrWrongKind", err)
	}
}

// TestTruncatedFilesAreRefused cuts a file off at every byte. Only the line break at the
// end may be missing.
func TestTruncatedFilesAreRefused(t *testing.T) {
	server, operator := generate(t)
	for n := range len(server) - 1 {
		if _, err := vault.ParseServer(server[:n]); !errors.Is(err, vault.ErrDamaged) {
			t.Fatalf("cut off after %d bytes: %v, want ErrDamaged", n, err)
		}
	}
	for n := range len(operator) - 1 {
		if _, err := vault.ParseOperator(operator[:n]); !errors.Is(err, vault.ErrDamaged) {
			t.Fatalf("cut off after %d bytes: %v, want ErrDamaged", n, err)
		}
	}
}

// TestKeysDoNotPrint: neither the keys nor anything that shows them, by any verb, to any
// depth, as value or pointer.
func TestKeysDoNotPrint(t *testing.T) {
	data, secret := generate(t)
	server := parseServer(t, data)
	operator, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	text := slog.New(slog.NewTextHandler(&out, nil))
	type holder struct {
		S *vault.Server
		O vault.Operator
		s vault.Server
		o vault.Operator
		p *vault.Server
	}
	for _, v := range []any{server, *server, operator, *operator, holder{server, *operator, *server, *operator, server}, []any{server, *server}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%o", "%b", "%U"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("x", "v", v)
		text.Info("x", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	out.WriteString(server.String() + server.GoString() + operator.String() + operator.GoString())
	printed := out.String()
	for _, file := range [][]byte{data, secret} {
		for _, k := range decode(t, file).Keys {
			encoded := k["secret"].(string)
			raw, err := json.Marshal(k["secret"])
			if err != nil {
				t.Fatal(err)
			}
			var bytesOf []byte
			if err := json.Unmarshal(raw, &bytesOf); err != nil {
				t.Fatal(err)
			}
			for form, s := range map[string]string{
				"base64": encoded[:8], "hex": hex.EncodeToString(bytesOf[:6]), "HEX": strings.ToUpper(hex.EncodeToString(bytesOf[:6])),
				"decimal": strings.Trim(fmt.Sprint(bytesOf[:5]), "[]"), "raw": string(bytesOf[:6]),
			} {
				if strings.Contains(printed, s) {
					t.Errorf("the key for %s was printed in %s", k["purpose"], form)
				}
			}
		}
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

func TestSealing(t *testing.T) {
	s := newServer(t)
	plain, ad := []byte("a session of somebody"), []byte("token")
	sealed := s.Seal("session", plain, ad)
	if got, err := s.Open("session", sealed, ad); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Equal(sealed, s.Seal("session", plain, ad)) {
		t.Error("sealed twice the same")
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		if _, err := s.Open("session", bent, ad); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("byte %d bent: %v, want ErrSealed", i, err)
		}
		if _, err := s.Open("session", sealed[:i], ad); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("cut off at %d: %v, want ErrSealed", i, err)
		}
	}
	for name, err := range map[string]error{
		"another label":   second(s.Open("verification", sealed, ad)),
		"another token":   second(s.Open("session", sealed, []byte("other"))),
		"no token":        second(s.Open("session", sealed, nil)),
		"longer":          second(s.Open("session", append(bytes.Clone(sealed), 0), ad)),
		"other keys":      second(newServer(t).Open("session", sealed, ad)),
		"other purpose":   secondString(s.OpenMemberID(sealed)),
		"other way round": second(s.Open("member-id", s.SealMemberID("7"), nil)),
	} {
		if !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func second(_ []byte, err error) error       { return err }
func secondString(_ string, err error) error { return err }

func TestMemberIDs(t *testing.T) {
	s := newServer(t)
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.String().Draw(rt, "id")
		got, err := s.OpenMemberID(s.SealMemberID(id))
		if err != nil || got != id {
			rt.Fatalf("OpenMemberID = %q, %v; want %q", got, err, id)
		}
	})
	if len(s.SealMemberID("1")) != len(s.SealMemberID("1234567890")) {
		t.Error("the length of a sealed member id tells old members from new ones")
	}
}

// TestMACsAreFramed: no two different lists of parts give one MAC, and no two uses do.
func TestMACsAreFramed(t *testing.T) {
	s := newServer(t)
	lists := [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}, {"\x00\x00\x00\x00\x00\x00\x00\x01a"}}
	seen := map[[32]byte]string{}
	add := func(name string, mac [32]byte) {
		if other, ok := seen[mac]; ok {
			t.Errorf("%s and %s are one MAC", name, other)
		}
		seen[mac] = name
	}
	for _, list := range lists {
		var parts [][]byte
		for _, p := range list {
			parts = append(parts, []byte(p))
		}
		add(fmt.Sprintf("code %q", list), s.CodeMAC(parts...))
		for _, label := range []string{"", "a", "row"} {
			add(fmt.Sprintf("%s %q", label, list), s.RowMAC(label, parts...))
		}
		if len(parts) == 1 {
			for _, label := range []string{"", "a", "row"} {
				add(fmt.Sprintf("secret %s %q", label, list), s.DeriveSecret(label, parts[0]))
			}
		}
	}
	add("key check", s.KeyCheck())
	add("tag", s.Tag(address(t, "a@example.jp")))
	add("letter", s.LetterTags("12345678901234").Newest())
	for v := range int64(5) {
		add("sentinel", s.SentinelTag(v))
	}
	once, again := s.RowMAC("row", []byte("x")), s.RowMAC("row", []byte("x"))
	if once != again || once == newServer(t).RowMAC("row", []byte("x")) {
		t.Error("a MAC is not a function of the keys")
	}
}

func TestTagFollowsTheFoldedAddress(t *testing.T) {
	s := newServer(t)
	if s.Tag(address(t, "Foo@Example.JP")) != s.Tag(address(t, "<ｆｏｏ＠example.jp>")) {
		t.Error("two spellings of one address have two tags")
	}
	if s.Tag(address(t, "foo@example.jp")) == s.Tag(address(t, "fooo@example.jp")) {
		t.Error("two addresses share a tag")
	}
}

// TestCheckNumbersAreEven: words and digits are spread as chance would (chi-squared, at a
// level that fails one in a million times).
func TestCheckNumbersAreEven(t *testing.T) {
	s := newServer(t)
	const n = 64_000
	var words [64]int
	var digits [4][10]int
	for i := range n {
		c := s.CheckNumber(named(s, breach.Tag{byte(i), byte(i >> 8), byte(i >> 16)}))
		words[c.Word]++
		if len(c.Digits) != 4 {
			t.Fatalf("%q is not four digits", c.Digits)
		}
		for at, d := range []byte(c.Digits) {
			digits[at][d-'0']++
		}
	}
	if x := chiSquared(words[:], n); x > 130 {
		t.Errorf("words: chi-squared %.1f with 63 degrees of freedom", x)
	}
	for at := range digits {
		if x := chiSquared(digits[at][:], n); x > 46 {
			t.Errorf("digit %d: chi-squared %.1f with 9 degrees of freedom", at+1, x)
		}
	}
	if once, again := s.CheckNumber(named(s, breach.Tag{1})), s.CheckNumber(named(s, breach.Tag{1})); once != again {
		t.Error("a person's check number changes")
	}
}

func chiSquared(found []int, n int) (x float64) {
	want := float64(n) / float64(len(found))
	for _, f := range found {
		x += (float64(f) - want) * (float64(f) - want) / want
	}
	return x
}

func TestConcurrentUse(t *testing.T) {
	s := newServer(t)
	a := address(t, "a@example.jp")
	tag, mac := s.Tag(a), s.CodeMAC([]byte("x"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				label := fmt.Sprint(i % 5)
				if _, err := s.Open(label, s.Seal(label, []byte("x"), nil), nil); err != nil || s.Tag(a) != tag || s.CodeMAC([]byte("x")) != mac {
					t.Errorf("wrong under concurrency: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAuditSigner(t *testing.T) {
	data, _ := generate(t)
	a, b := parseServer(t, data), parseServer(t, data)
	if !a.AuditSigner().Equal(b.AuditSigner()) || a.AuditSigner().Equal(newServer(t).AuditSigner()) {
		t.Error("the signing key is not a function of the file")
	}
}

func FuzzParseServer(f *testing.F) {
	server, operator := generate(f)
	f.Add(server)
	f.Add(operator)
	f.Add([]byte(`{"kind":"exposure-server-keys","format":1,"keys":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := vault.ParseServer(data); (s == nil) == (err == nil) {
			t.Fatalf("ParseServer = %v, %v", s, err)
		}
	})
}

func BenchmarkHotPaths(b *testing.B) {
	s := newServer(b)
	a, tag := address(b, "somebody@example.jp"), breach.Tag{1}
	sealed := s.Seal("session", make([]byte, 60), tag[:])
	for name, f := range map[string]func(){
		"Tag":     func() { s.Tag(a) },
		"CodeMAC": func() { s.CodeMAC([]byte("web"), tag[:], tag[:], []byte("12345678")) },
		"RowMAC":  func() { s.RowMAC("roster-tag", tag[:8], tag[:16], tag[:], tag[:], make([]byte, 200)) },
		"Seal":    func() { s.Seal("session", make([]byte, 60), tag[:]) },
		"Open":    func() { _, _ = s.Open("session", sealed, tag[:]) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}
