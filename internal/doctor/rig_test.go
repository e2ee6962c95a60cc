package doctor_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/miekg/dns"

	"exposure/internal/demo"
	"exposure/internal/doctor"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/mailauth"
)

// rig is a whole installation on loopback: a published roster, a Redis, a mail server, a
// DNS server and something that answers at the public address.
type rig struct {
	t     *testing.T
	redis *live.RedisServer
	zone  *zone
	id    string // of the incident
	from  string // the sender
	doctor.Installation
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, redis: live.NewRedis(t), zone: &zone{txt: map[string][]string{}}}
	r.redis.Do("CONFIG SET appendonly yes")
	site, err := demo.Prepare(t.Context(), t.TempDir(), 2023, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	in, err := incident.Load(site.Incident)
	if err != nil {
		t.Fatal(err)
	}
	r.id, r.from = in.ID, in.Mail.From
	domain, key := r.domain(), signingKey(t)
	r.zone.txt = map[string][]string{
		domain:                     {"some-site-verification=1", "v=spf1 a:mail.example.net -all"},
		key.DKIM(domain).Name:      {key.DKIM(domain).Value},
		mailauth.DMARCName(domain): {"v=DMARC1; p=quarantine"},
	}
	r.zone.mx = map[string]string{domain: "mail.example.net."}
	private := listen(t, map[string]string{"/healthz": "ok", "/readyz": "ok"})
	public := listen(t, map[string]string{"/v1/incident": `{"id":"` + in.ID + `"}`})
	r.Installation = doctor.Installation{
		Incident: site.Incident, KeyFile: site.KeyFile, OperatorKeyFile: site.KeyFile + ".operator", Database: site.Database,
		Redis: r.redis.URL(), SMTP: "smtp://" + mailServer(t, 0) + "?starttls=none", DKIM: key,
		PublicURL: public, PrivateAddr: private.Host, Resolver: r.zone.serve(t),
	}
	return r
}

// domain is that of the sender.
func (r *rig) domain() string { return r.from[strings.LastIndexByte(r.from, '@')+1:] }

func signingKey(t *testing.T) *mailauth.Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := mailauth.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "s1")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func listen(t *testing.T, pages map[string]string) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// noMail is a mail server that must not get any: the doctor sends none.
type noMail struct{}

// NewSession implements smtp.Backend.
func (noMail) NewSession(*smtp.Conn) (smtp.Session, error) { return noMail{}, nil }
func (noMail) Mail(string, *smtp.MailOptions) error        { return errors.New("the doctor sends no mail") }
func (noMail) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (noMail) Data(io.Reader) error                        { return nil }
func (noMail) Reset()                                      {}
func (noMail) Logout() error                               { return nil }

func mailServer(t *testing.T, maxSize int64) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(noMail{})
	s.Domain, s.MaxMessageBytes = "mx", maxSize
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(ln) })
	t.Cleanup(func() { s.Close(); wg.Wait() })
	return ln.Addr().String()
}

// zone answers TXT questions; a name with no entry does not exist.
type zone struct {
	mu  sync.Mutex
	txt map[string][]string
	mx  map[string]string
}

func (z *zone) set(name string, records ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.txt[name] = records
}

// mail sets where mail to a domain goes; empty: nowhere.
func (z *zone) mail(name, host string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if delete(z.mx, name); host != "" {
		z.mx[name] = host
	}
}

// ServeDNS implements dns.Handler.
func (z *zone) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	if q.Question[0].Qtype != dns.TypeTXT {
		z.address(m, q.Question[0])
		_ = w.WriteMsg(m)
		return
	}
	records := z.txt[strings.TrimSuffix(q.Question[0].Name, ".")]
	if len(records) == 0 {
		m.Rcode = dns.RcodeNameError
	}
	for _, r := range records {
		rr, err := dns.NewRR(mailauth.Record{Name: strings.TrimSuffix(q.Question[0].Name, "."), Value: r}.Line())
		if err != nil {
			m.Rcode = dns.RcodeServerFailure
			break
		}
		m.Answer = append(m.Answer, rr)
	}
	_ = w.WriteMsg(m)
}

// address answers where mail goes; there are no other addresses.
func (z *zone) address(m *dns.Msg, q dns.Question) {
	host, ok := z.mx[strings.TrimSuffix(q.Name, ".")]
	switch {
	case !ok:
		m.Rcode = dns.RcodeNameError
	case q.Qtype == dns.TypeMX:
		m.Answer = append(m.Answer, &dns.MX{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeMX, Class: dns.ClassINET}, Mx: host})
	}
}

// serve starts a DNS server and returns a resolver that asks it and nobody else.
func (z *zone) serve(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	s := &dns.Server{PacketConn: conn, Handler: z, NotifyStartedFunc: func() { close(started) }}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.ActivateAndServe() })
	<-started
	t.Cleanup(func() { _ = s.Shutdown(); wg.Wait() })
	return asks(conn.LocalAddr().String())
}

func asks(addr string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
}

// edited is a copy of the incident file with a change.
func (r *rig) edited(t *testing.T, old, with string) string {
	t.Helper()
	src, err := os.ReadFile(r.Incident)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), old) {
		t.Fatalf("the incident file has no %q", old)
	}
	path := filepath.Join(t.TempDir(), "incident.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(src), old, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
