package eccube2_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// forged is a page of the list as somebody in between would write it.
const forged = `{"members":[{"member_id":"1","required":true,"since":"2023-07-26T09:00:00+09:00","state":"required"}],"more":false,"next_cursor":"1","held":false}`

// tlsServers starts servers that all answer with a list, behind certificates of which only
// the one of KIT_TLS_GOOD may be believed, under the authority in KIT_TLS_CA.
func tlsServers(t *testing.T) []string {
	t.Helper()
	ca, caKey := certificate(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, Subject: pkix.Name{CommonName: "authority"}, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	local := []string{"localhost"}
	env := []string{"KIT_TLS_CA=" + file}
	for name, leaf := range map[string]*x509.Certificate{
		"GOOD":    {DNSNames: local},
		"SELF":    {DNSNames: local},
		"NAME":    {DNSNames: []string{"other.example.com"}, Subject: pkix.Name{CommonName: "localhost"}},
		"EXPIRED": {DNSNames: local, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)},
	} {
		parent, key := ca, caKey
		if name == "SELF" {
			parent, key = nil, nil
		}
		cert, certKey := certificate(t, leaf, parent, key)
		s := httptest.NewUnstartedServer(http.HandlerFunc(answer))
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tested
		s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: certKey}}}
		s.StartTLS()
		t.Cleanup(s.Close)
		env = append(env, fmt.Sprintf("KIT_TLS_%s=%s", name, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)))
	}
	return env
}

// answer also shows what a client must cope with: chunks, and a redirect.
func answer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/v1/mypage/password-resets", http.StatusFound)
	case "/chunks":
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "piece %d;", i)
			w.(http.Flusher).Flush()
		}
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(forged))
	}
}

func certificate(t *testing.T, c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if c.NotBefore.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	if c.Subject.CommonName == "" {
		c.Subject.CommonName = "leaf"
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}
