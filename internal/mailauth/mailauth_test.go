package mailauth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"exposure/internal/mailauth"
)

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

const mail = "Date: Tue, 25 Jul 2023 14:05:00 +0900\r\nMessage-ID: <abc@example.jp>\r\nSubject: Code\r\n" +
	"From: Shop <notice@example.jp>\r\nTo: <hanako@example.com>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n44GC44GE\r\n"

// TestSignaturesHold: what is signed verifies against the published record, and against
// nothing else; whatever a reader sees is covered.
func TestSignaturesHold(t *testing.T) {
	long := strings.Repeat("a-long-label-of-a-domain.", 5) + "example.jp"
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey(t, 2048))})
	for name, file := range map[string][]byte{"ed25519": pkcs8(t, edKey(t)), "rsa": pkcs8(t, rsaKey(t, 2048)), "rsa in PKCS #1": pkcs1} {
		for _, domain := range []string{"example.jp", long} {
			key, err := mailauth.ParseKey(file, "exposure-2026")
			if err != nil {
				t.Fatal(err)
			}
			out, err := key.Sign([]byte(mail), domain)
			if err != nil {
				t.Fatal(err)
			}
			published := mailauth.Only(key.DKIM(domain))
			if err := holds(out, published, domain); err != nil {
				t.Fatalf("%s, %s: %v\n%s", name, domain, err, out)
			}
			spaced := strings.Replace(string(out), "Subject: Code", "Subject:  Code ", 1)
			if err := holds([]byte(spaced), published, domain); err != nil {
				t.Errorf("%s: spaces changed on the way: %v", name, err)
			}
			for what, altered := range map[string]string{
				"body":           strings.Replace(string(out), "44GC", "44GD", 1),
				"subject":        strings.Replace(string(out), "Subject: Code", "Subject: Kode", 1),
				"second subject": "Subject: You won\r\n" + string(out),
				"second sender":  "From: <evil@example.net>\r\n" + string(out),
				"reply":          "Reply-To: <evil@example.net>\r\n" + string(out),
				"recipient":      strings.Replace(string(out), "hanako", "taro", 1),
			} {
				if holds([]byte(altered), published, domain) == nil {
					t.Errorf("%s: another %s goes unnoticed", name, what)
				}
			}
			other, err := mailauth.ParseKey(pkcs8(t, edKey(t)), "exposure-2026")
			if err != nil {
				t.Fatal(err)
			}
			if holds(out, mailauth.Only(other.DKIM(domain)), domain) == nil {
				t.Errorf("%s: holds under another key", name)
			}
		}
	}
	if _, err := mailauth.Verify([]byte(mail), nil); !errors.Is(err, mailauth.ErrUnsigned) {
		t.Errorf("an unsigned mail: %v", err)
	}
}

func holds(mail []byte, txt func(string) ([]string, error), domain string) error {
	found, err := mailauth.Verify(mail, txt)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0].Domain != domain {
		return fmt.Errorf("signatures %+v", found)
	}
	return found[0].Err
}

// TestRecordsAreZoneLines: a DNS server's own parser reads the lines to copy, and joins
// the strings to the value.
func TestRecordsAreZoneLines(t *testing.T) {
	key, err := mailauth.ParseKey(pkcs8(t, rsaKey(t, 4096)), "s1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []mailauth.Record{
		key.DKIM("example.jp"), mailauth.DMARC("example.jp", "notice@example.jp"),
		mailauth.SPF("example.jp", "mail.example.net"), mailauth.SPF("example.jp", "203.0.113.9"),
	} {
		rr, err := dns.NewRR(r.Line())
		if err != nil {
			t.Errorf("%s: %v", r.Line(), err)
			continue
		}
		txt, ok := rr.(*dns.TXT)
		if !ok || strings.Join(txt.Txt, "") != r.Value || rr.Header().Name != r.Name+"." {
			t.Errorf("%s reads as %v", r.Line(), rr)
		}
	}
	for server, want := range map[string]string{
		"mail.example.net": "v=spf1 a:mail.example.net -all", "203.0.113.9": "v=spf1 ip4:203.0.113.9 -all",
		"2001:db8::9": "v=spf1 ip6:2001:db8::9 -all", "127.0.0.1": "v=spf1 ip4:ADDRESS-OF-THE-RELAY -all", "mail": "v=spf1 ip4:ADDRESS-OF-THE-RELAY -all",
	} {
		if got := mailauth.SPF("example.jp", server).Value; got != want {
			t.Errorf("%s: %s", server, got)
		}
	}
}

func TestAlignment(t *testing.T) {
	for _, c := range []struct {
		from, verified string
		want           bool
	}{
		{"example.jp", "example.jp", true}, {"example.jp", "mail.example.jp", true}, {"mail.example.co.jp", "bounce.example.co.jp", true},
		{"example.co.jp", "another.co.jp", false}, {"example.jp", "example.com", false}, {"example.jp", "badexample.jp", false},
	} {
		if got := mailauth.Aligned(c.from, c.verified); got != c.want {
			t.Errorf("%s and %s: %v", c.from, c.verified, got)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	good := pkcs8(t, edKey(t))
	write := func(name string, data []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(edKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, selector string
		want                 error
	}{
		{"others may read", write("open", good, 0o644), "s1", mailauth.ErrPermissions},
		{"the group may write", write("group", good, 0o620), "s1", mailauth.ErrPermissions},
		{"folder", dir, "s1", mailauth.ErrKey},
		{"missing", filepath.Join(dir, "nothing"), "s1", os.ErrNotExist},
		{"not PEM", write("text", []byte("CANARY"), 0o600), "s1", mailauth.ErrKey},
		{"cut off", write("cut", append(good[:40:40], "\n-----END PRIVATE KEY-----\n"...), 0o600), "s1", mailauth.ErrKey},
		{"elliptic curve", write("ec", pkcs8(t, ec), 0o600), "s1", mailauth.ErrKey},
		{"public key", write("public", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600), "s1", mailauth.ErrKey},
		{"short RSA", write("short", pkcs8(t, rsaKey(t, 1024)), 0o600), "s1", mailauth.ErrKey},
		{"no selector", write("ok", good, 0o600), "", mailauth.ErrSelector},
		{"a domain name as selector is fine, a path is not", write("ok2", good, 0o600), "s1/../x", mailauth.ErrSelector},
		{"underscore", write("ok3", good, 0o600), "s1._domainkey", mailauth.ErrSelector},
	} {
		if _, err := mailauth.LoadKey(c.path, c.selector); !errors.Is(err, c.want) || strings.Contains(fmt.Sprint(err), "CANARY") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	key, err := mailauth.LoadKey(write("good", good, 0o400), "s1.2026")
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", key, key, struct{ K *mailauth.Key }{key}); strings.Contains(printed, "ed25519.") || strings.Contains(printed, "[]byte") {
		t.Errorf("a key was printed: %s", printed)
	}
}
