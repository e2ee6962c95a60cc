package canary_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/japanese"

	"exposure/internal/canary"
)

const (
	address = "Canary.Finch+9@example.org"
	name    = "鸚鵡鵲太郎"
	code    = "7391-8462"
)

// noise holds any byte, escapes and hashes, and no canary.
func noise(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	for b.Len() < 1<<13 {
		fmt.Fprintf(&b, `{"time":"2026-01-02T03:04:05.%09d","id":"%x","path":"\u003c\xfe%%2f=3D"}`+"\n", rng.IntN(1e9), rng.Uint64())
		for range 64 {
			b.WriteByte(byte(rng.Uint32()))
		}
	}
	return b.Bytes()
}

// TestFindsEveryForm hides each value in every form, alone, in noise.
func TestFindsEveryForm(t *testing.T) {
	key := []byte("0123456789abcdefFEDCBA9876543210")
	for what, value := range map[string]string{"address": address, "name": name, "code": code, "key": string(key)} {
		s := canary.New()
		if what == "key" {
			s.Bytes(what, []byte(value))
		} else {
			s.Text(what, value)
		}
		if hits := s.Search(noise(7)); len(hits) > 0 {
			t.Fatalf("%s is found where it is not: %v", what, hits)
		}
		for form, hidden := range hide(value, what != "key") {
			if what == "code" && strings.Contains(form, "upper") {
				continue
			}
			in := bytes.Join([][]byte{noise(1), hidden, noise(2)}, []byte(" "))
			hits := s.Search(in)
			if len(hits) == 0 || hits[0].Name != what {
				t.Errorf("%s is not found %s", what, form)
			}
			for _, h := range hits {
				if strings.Contains(h.String(), value) {
					t.Errorf("a finding repeats the value: %s", form)
				}
			}
		}
	}
}

// hide writes a value in every form with the library's own encoders, not the package's.
func hide(value string, text bool) map[string][]byte {
	forms := map[string][]byte{
		"as it is": []byte(value), "hex": []byte(hex.EncodeToString([]byte(value))),
		"upper hex":           []byte(strings.ToUpper(hex.EncodeToString([]byte(value)))),
		"base64 across lines": []byte(strings.Join(chunks(base64.StdEncoding.EncodeToString([]byte("ab"+value+"cd")), 9), "\r\n ")),
	}
	for before := range 3 {
		around := []byte(strings.Repeat("~", before) + value + "?>")
		forms[fmt.Sprintf("base64 after %d", before)] = []byte(base64.StdEncoding.EncodeToString(around))
		forms[fmt.Sprintf("base64url after %d", before)] = []byte(base64.URLEncoding.EncodeToString(around))
	}
	if !text {
		forms["numbers"] = []byte(fmt.Sprint([]byte(value)))
		return forms
	}
	forms["upper case"], forms["lower case"] = []byte(strings.ToUpper(value)), []byte(strings.ToLower(value))
	forms["percent-encoded"] = []byte(url.QueryEscape(value))
	all := ""
	for _, b := range []byte(value) {
		all += fmt.Sprintf("%%%02x", b)
	}
	forms["wholly percent-encoded"] = []byte(all)
	forms["as Redis prints it"] = []byte(strings.ReplaceAll(all, "%", `\x`))
	quoted, _ := json.Marshal("<" + value + ">")
	forms["JSON"] = quoted
	escaped, little, big := "", []byte{}, []byte{}
	for _, u := range utf16.Encode([]rune(value)) {
		escaped += fmt.Sprintf(`\u%04X`, u)
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	forms["JSON, all escaped"], forms["UTF-16LE"], forms["UTF-16BE"] = []byte(escaped), little, big
	if sjis, err := japanese.ShiftJIS.NewEncoder().String(value); err == nil {
		forms["CP932"] = []byte(sjis)
	}
	var qp bytes.Buffer
	w := quotedprintable.NewWriter(&qp)
	fmt.Fprintf(w, "%s%s= é", strings.Repeat("x", 70), value)
	w.Close()
	forms["quoted-printable, broken"] = qp.Bytes()
	hashes(forms, "", value)
	hashes(forms, " of the lower case", strings.ToLower(value))
	return forms
}

func hashes(forms map[string][]byte, as, value string) {
	five, one, two, long := md5.Sum([]byte(value)), sha1.Sum([]byte(value)), sha256.Sum256([]byte(value)), sha512.Sum512([]byte(value))
	for form, sum := range map[string][]byte{"MD5": five[:], "SHA-1": one[:], "SHA-256": two[:], "SHA-512": long[:]} {
		forms[form+as] = sum
		forms[form+as+" in hex"] = []byte(hex.EncodeToString(sum))
		forms[form+as+" in base64"] = []byte(base64.StdEncoding.EncodeToString(append([]byte("x"), sum...)))
	}
}

func chunks(s string, n int) (all []string) {
	for len(s) > n {
		all, s = append(all, s[:n]), s[n:]
	}
	return append(all, s)
}

// TestDigitsWithinHashesAreChance: eight digits stand in any long hash.
func TestDigitsWithinHashesAreChance(t *testing.T) {
	s := canary.New()
	s.Text("code", "73918462")
	for content, want := range map[string]int{"a73918462": 0, "739184621": 0, "73918462f": 0, "code=73918462,": 1, "73918462": 1, "ｘ73918462円": 1} {
		if got := len(s.Search([]byte(content))); got != want {
			t.Errorf("%d findings in %q, want %d", got, content, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a value too short to be told from chance was planted")
		}
	}()
	s.Text("short", "12345")
}

// TestShopHoldsItsCanaries: what is looked for is really there.
func TestShopHoldsItsCanaries(t *testing.T) {
	s := canary.New()
	shop, err := s.WriteShop(t.TempDir(), 7)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, path := range []string{shop.Files.Members, shop.Files.Orders, shop.Files.Deliveries, shop.Files.Settlements} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range s.Search(raw) {
			found[h.Name] = true
		}
	}
	for _, name := range []string{"member id", "order number", "card number in groups", "address of the member", "address of the mobile",
		"address of the guest", "engraved name", "town", "recipient's given name", "token of the card", "address of person 3"} {
		if !found[name] {
			t.Errorf("the %s is not in the shop's files", name)
		}
	}
	if found["address of the stranger"] || s.Len() < 1000 {
		t.Errorf("a stranger's address is there, or only %d values are planted", s.Len())
	}
}
