package mailer_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"exposure/internal/mailauth"
	"exposure/internal/mailer"
	"exposure/internal/wording"
)

func dkimKey(t *testing.T, kind string) *mailauth.Key {
	t.Helper()
	var private any
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if kind == "rsa" {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := mailauth.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "exposure-2026")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestSignedOnTheWire: the bytes that arrive at a mail server carry one signature that
// holds for the sender's domain, also for addresses that travel quoted and for lines that
// begin with a dot, and nothing else about the mail changes.
func TestSignedOnTheWire(t *testing.T) {
	for _, kind := range []string{"ed25519", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			key, box := dkimKey(t, kind), &postbox{}
			s := newSMTP(t, mailer.SMTPConfig{URL: "smtp://" + startPostbox(t, box, nil, false) + "?starttls=none", DKIM: key})
			for _, to := range []string{"foo..bar@docomo.ne.jp", "hanako@example.jp", strings.Repeat("x", 40) + "@example.jp"} {
				if err := s.Send(t.Context(), aMessage(t, to)); err != nil {
					t.Fatal(err)
				}
			}
			box.mu.Lock()
			defer box.mu.Unlock()
			if len(box.mails) != 3 {
				t.Fatalf("%d mails arrived", len(box.mails))
			}
			for _, raw := range box.mails {
				found, err := dkim.VerifyWithOptions(strings.NewReader(raw), &dkim.VerifyOptions{LookupTXT: mailauth.Only(key.DKIM("tougyoku.com"))})
				if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != "tougyoku.com" {
					t.Fatalf("signatures %+v, %v\n%s", found, err, raw)
				}
				if !strings.HasPrefix(raw, "DKIM-Signature:") {
					t.Error("the signature does not come first")
				}
				for line := range strings.SplitSeq(raw, "\r\n") {
					if len(line) > 76 {
						t.Errorf("a line of %d octets: %s", len(line), line)
					}
				}
				end := regexp.MustCompile(`\r\n[^ ]`).FindStringIndex(raw)[0] + 2
				readMail(t, raw[end:])
			}
		})
	}
}

// TestTrial: the mail that tries the way out is a code mail word for word, and what is
// reported is what the server said.
func TestTrial(t *testing.T) {
	in := newRig(t).in
	cert, pool := selfSigned(t)
	now := time.Date(2023, 7, 25, 14, 5, 0, 0, tokyo)
	m, err := mailer.TrialMail(in, address(t, "operator@example.jp"), now)
	if err != nil {
		t.Fatal(err)
	}
	words := wording.WebCodeMail(in, codeIn(t, m.Body), false, now.Add(30*time.Minute))
	if m.Subject != words.Subject || m.Body != words.Body || m.From.Reveal() != in.Mail.From {
		t.Errorf("a trial mail is not what customers get:\n%s\n%s", m.Subject, m.Body)
	}
	for _, c := range []struct {
		name, url string
		implicit  bool
		tls, auth bool
	}{
		{"plain", "smtp://HOST?starttls=none", false, false, false},
		{"starttls and log-in", "smtp://shop:p%40ss%3Aword@HOST?starttls=required", false, true, true},
		{"tls from the first byte", "smtps://HOST", true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := &postbox{auth: c.auth}
			addr := startPostbox(t, box, cert, c.implicit)
			s := newSMTP(t, mailer.SMTPConfig{URL: strings.Replace(c.url, "HOST", addr, 1), RootCAs: pool, DKIM: dkimKey(t, "ed25519")})
			seen, err := s.Probe(t.Context(), m.From)
			if err != nil {
				t.Fatal(err)
			}
			if len(box.to) != 0 {
				t.Error("a probe named a recipient")
			}
			raw, err := s.Compose(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.SendComposed(t.Context(), m, raw)
			if err != nil {
				t.Fatal(err)
			}
			if got != seen || (got.TLS != "") != c.tls || got.LoggedIn != c.auth {
				t.Errorf("sent over %+v, probed %+v", got, seen)
			}
			box.mu.Lock()
			defer box.mu.Unlock()
			if len(box.mails) != 1 || box.mails[0] != string(raw) {
				t.Errorf("other bytes arrived than were composed: %q", box.mails)
			}
		})
	}
}

// TestWhatAServerLimits: sizes and mails a connection, as EHLO tells them.
func TestWhatAServerLimits(t *testing.T) {
	server := startWire(t, func(_ int, command string) string {
		if strings.HasPrefix(command, "EHLO") {
			return "250-mx\r\n250-SIZE 1000\r\n250 LIMITS MAILMAX=5 RCPTMAX=1"
		}
		return ""
	})
	s := newSMTP(t, mailer.SMTPConfig{URL: server.url()})
	got, err := s.Probe(t.Context(), address(t, "notice@tougyoku.com"))
	if err != nil || got.MaxSize != 1000 || got.MailMax != 5 || got.TLS != "" || got.LoggedIn {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := newSMTP(t, mailer.SMTPConfig{URL: "smtp://127.0.0.1:1?starttls=none"}).Probe(t.Context(), address(t, "notice@tougyoku.com")); err == nil {
		t.Error("a probe of nothing succeeded")
	}
}
