package mailer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"exposure/internal/mailer"
)

// postbox is a real SMTP server that keeps what it receives.
type postbox struct {
	auth bool

	mu    sync.Mutex
	to    []string
	mails []string
	users []string
	tls   []bool
}

type postboxSession struct {
	box  *postbox
	conn *smtp.Conn
}

// NewSession implements smtp.Backend.
func (b *postbox) NewSession(c *smtp.Conn) (smtp.Session, error) { return &postboxSession{b, c}, nil }

func (s *postboxSession) AuthMechanisms() []string {
	if s.box.auth {
		return []string{"PLAIN"}
	}
	return nil
}

func (s *postboxSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "shop" || password != "p@ss:word" {
			return errors.New("no such user")
		}
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		s.box.users = append(s.box.users, user)
		return nil
	}), nil
}

func (s *postboxSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *postboxSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.to = append(s.box.to, to)
	return nil
}

func (s *postboxSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	_, secure := s.conn.TLSConnectionState()
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, string(b))
	s.box.tls = append(s.box.tls, secure)
	return err
}
func (s *postboxSession) Reset()        {}
func (s *postboxSession) Logout() error { return nil }

// startPostbox serves SMTP on loopback, with STARTTLS if cert is given, with TLS from the
// first byte if implicit.
func startPostbox(t *testing.T, box *postbox, cert *tls.Certificate, implicit bool) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = ln.Addr().String()
	s := smtp.NewServer(box)
	s.Domain = "mx"
	s.ErrorLog = silent{}
	if cert != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
	}
	if implicit {
		ln = tls.NewListener(ln, s.TLSConfig)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(ln) })
	t.Cleanup(func() { s.Close(); wg.Wait() })
	return addr
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// selfSigned makes a certificate for 127.0.0.1 and a pool that trusts it.
func selfSigned(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestEncryption(t *testing.T) {
	cert, pool := selfSigned(t)
	const login = "shop:p%40ss%3Aword@"
	for _, c := range []struct {
		name     string
		url      string // HOST stands for the server
		cert     *tls.Certificate
		implicit bool
		pool     *x509.CertPool
		auth     bool
		secure   bool
		fails    bool
	}{
		{name: "starttls required", url: "smtp://HOST?starttls=required", cert: cert, pool: pool, secure: true},
		{name: "starttls required and not offered", url: "smtp://HOST?starttls=required", fails: true},
		{name: "starttls with a certificate nobody knows", url: "smtp://HOST?starttls=required", cert: cert, fails: true},
		{name: "opportunistic, offered", url: "smtp://HOST", cert: cert, pool: pool, secure: true},
		{name: "opportunistic, offered with a certificate nobody knows", url: "smtp://HOST", cert: cert, fails: true},
		{name: "opportunistic, not offered", url: "smtp://HOST"},
		{name: "none", url: "smtp://HOST?starttls=none", cert: cert},
		{name: "smtps", url: "smtps://HOST", cert: cert, implicit: true, pool: pool, secure: true},
		{name: "smtps with a certificate nobody knows", url: "smtps://HOST", cert: cert, implicit: true, fails: true},
		{name: "smtps to a plain server", url: "smtps://HOST", fails: true},
		{name: "log-in over starttls", url: "smtp://" + login + "HOST?starttls=required", cert: cert, pool: pool, auth: true, secure: true},
		{name: "log-in over smtps", url: "smtps://" + login + "HOST", cert: cert, implicit: true, pool: pool, auth: true, secure: true},
		{name: "wrong password", url: "smtps://shop:canary@HOST", cert: cert, implicit: true, pool: pool, auth: true, fails: true},
		{name: "log-in not offered", url: "smtps://" + login + "HOST", cert: cert, implicit: true, pool: pool, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := &postbox{auth: c.auth}
			addr := startPostbox(t, box, c.cert, c.implicit)
			s := newSMTP(t, mailer.SMTPConfig{URL: strings.Replace(c.url, "HOST", addr, 1), RootCAs: c.pool, Dial: 2 * time.Second})
			err := s.Send(t.Context(), aMessage(t, "foo..bar@docomo.ne.jp"))
			box.mu.Lock()
			defer box.mu.Unlock()
			if c.fails {
				var tmp *mailer.TemporaryError
				if !errors.As(err, &tmp) || tmp.Step != mailer.StepConnect || strings.Contains(err.Error(), "canary") {
					t.Errorf("got %v, want a temporary error of connecting", err)
				}
				if len(box.to) != 0 {
					t.Error("a recipient was named before encryption or log-in")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(box.mails) != 1 || len(box.to) != 1 || box.tls[0] != c.secure || c.auth != (len(box.users) == 1) {
				t.Fatalf("received %d mails for %d recipients, encrypted %v, users %v", len(box.mails), len(box.to), box.tls, box.users)
			}
			readMail(t, box.mails[0])
		})
	}
}
