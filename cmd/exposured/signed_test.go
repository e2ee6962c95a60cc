package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"exposure/internal/incident"
	"exposure/internal/mailauth"
)

// TestCodesAreSigned: with a key, the code mail that reaches a customer is signed for the
// sender's domain, and its code works.
func TestCodesAreSigned(t *testing.T) {
	s, shop := smallSite(t)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	file := filepath.Join(t.TempDir(), "dkim.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	must(t, os.WriteFile(file, block, 0o600))
	key, err := mailauth.LoadKey(file, "s1")
	must(t, err)
	in, err := incident.Load(s.incident)
	must(t, err)
	domain := in.Mail.From[strings.LastIndexByte(in.Mail.From, '@')+1:]

	office := openPostOffice(t)
	b := from(s.serve(t, "", office.url, "--dkim-key-file", file, "--dkim-selector", "s1").public, here)
	listed := shop.People()[0].Emails[0]
	b.prove(t, office, listed)
	raw := office.box(t, listed, 1)[0].raw
	found, err := dkim.VerifyWithOptions(strings.NewReader(raw), &dkim.VerifyOptions{LookupTXT: mailauth.Only(key.DKIM(domain))})
	if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != domain {
		t.Errorf("signatures %+v, %v\n%s", found, err, raw)
	}
}
