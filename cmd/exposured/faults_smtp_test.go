package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"exposure/internal/live"
)

// moodyOffice is a post office that refuses mails when it is told to, and shows the
// certificate it is told to.
type moodyOffice struct {
	*postOffice
	atRecipient, atContent atomic.Pointer[smtp.SMTPError]
	certificate            atomic.Pointer[tls.Certificate] // nil: no TLS
	line                   *live.Proxy
}

func openMoodyOffice(t *testing.T, certificate *tls.Certificate) *moodyOffice {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m := &moodyOffice{postOffice: &postOffice{boxes: map[string][]letter{}, wake: make(chan struct{})}, line: live.NewProxy(t, ln.Addr().String())}
	m.url = "smtp://" + m.line.Addr() + "?starttls=none"
	if certificate != nil {
		m.certificate.Store(certificate)
		m.url = "smtps://" + m.line.Addr()
		ln = tls.NewListener(ln, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return m.certificate.Load(), nil
		}})
	}
	srv := smtp.NewServer(m)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxRecipients, srv.MaxMessageBytes = "localhost", true, 1, 64<<10
	srv.ErrorLog = log.New(io.Discard, "", 0) // it tells of every connection that breaks
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return m
}

func (m *moodyOffice) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &moodyDelivery{&delivery{office: m.postOffice}, m}, nil
}

type moodyDelivery struct {
	*delivery
	mood *moodyOffice
}

func (d *moodyDelivery) Rcpt(to string, o *smtp.RcptOptions) error {
	if no := d.mood.atRecipient.Load(); no != nil {
		return no
	}
	return d.delivery.Rcpt(to, o)
}

func (d *moodyDelivery) Data(r io.Reader) error {
	if no := d.mood.atContent.Load(); no != nil {
		return no
	}
	return d.delivery.Data(r)
}

// mailFault is something wrong with the mail server. Customers notice only that mails are
// late, or do not come.
type mailFault struct {
	begin   func(*moodyOffice)
	arrives bool // while the fault lasts
	again   bool // and once more afterwards
	dropped bool // for good
}

func mailFaults() map[string]mailFault {
	line := func(f func(*live.Proxy)) func(*moodyOffice) { return func(m *moodyOffice) { f(m.line) } }
	return map[string]mailFault{
		"refuses connections": {begin: line((*live.Proxy).Refuse)},
		"answers nothing":     {begin: line((*live.Proxy).Hang)},
		"greets and answers slowly": {arrives: true, begin: line(func(p *live.Proxy) {
			p.Refuse() // what is kept open greets no more
			p.Slow(300*time.Millisecond, 0)
		})},
		"says to try later": {begin: func(m *moodyOffice) {
			m.atRecipient.Store(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"})
		}},
		"has no room": {begin: func(m *moodyOffice) {
			m.atContent.Store(&smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "full"})
		}},
		"does not know the address": {dropped: true, begin: func(m *moodyOffice) {
			m.atRecipient.Store(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody here"})
		}},
		"breaks off within a mail": {begin: line(func(p *live.Proxy) { p.CutRequest("Subject:") })},
		"breaks off before it says that it took a mail": {arrives: true, again: true, begin: line(func(p *live.Proxy) {
			p.CutReply("\r\n.\r\n", 0)
		})},
		"breaks off within each of its replies":      {begin: line(func(p *live.Proxy) { p.CutReply("", 3) })},
		"breaks off within its reply to the address": {begin: line(func(p *live.Proxy) { p.CutReply("RCPT TO", 2) })},
		"breaks off within the number of its last reply": {arrives: true, again: true, begin: line(func(p *live.Proxy) {
			p.CutReply("\r\n.\r\n", 3)
		})},
		"breaks off within the words of its last reply": {arrives: true, begin: line(func(p *live.Proxy) {
			p.CutReply("\r\n.\r\n", 4) // the number says that it took the mail
		})},
	}
}

func (m *moodyOffice) mend() {
	m.atRecipient.Store(nil)
	m.atContent.Store(nil)
	m.line.Restore()
}

// TestMailFaults: with the mail server broken in any way requests are accepted, whoever has
// a code gets in, the outbox holds, and the delay can be read. Once it is mended every mail
// comes: one, or two with the same code.
func TestMailFaults(t *testing.T) {
	for name, f := range mailFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			office := openMoodyOffice(t, nil)
			c := onStage(t, s, shop, s.spawn(t, live.Redis(t), office.url), office.postOffice)
			f.begin(office)
			c.whileMail(t, f)
			office.mend()
			c.afterMail(t, f)
			c.server.stop(t)
		})
	}
}

func (c *cast) whileMail(t *testing.T, f mailFault) {
	t.Helper()
	newcomer := c.people[theNewcomer]
	c.late = c.b.start(t, newcomer)
	same(t, "a right code", c.confirms(t, c.holder, c.code), answered)
	same(t, "a report", c.reads(t), answered)
	if got := c.ready(t); got != 200 {
		t.Errorf("readyz: %d", got)
	}
	c.facts(t)
	switch {
	case f.arrives:
		c.office.box(t, newcomer, 1)
	case f.dropped:
		eventually(t, "the refusal is counted", func() bool { return c.metric(t, `exposure_mails_total{outcome="refused"}`) == "1" })
	default:
		eventually(t, "the delay is told", func() bool {
			delay, _ := strconv.ParseFloat(c.metric(t, "exposure_mail_delay_seconds"), 64)
			return c.metric(t, "exposure_outbox_waiting") == "1" && delay > 0.5
		})
		if n := len(c.office.box(t, newcomer, 0)); n != 0 {
			t.Errorf("%d mails came", n)
		}
	}
}

func (c *cast) afterMail(t *testing.T, f mailFault) {
	t.Helper()
	newcomer := c.people[theNewcomer]
	least := 1
	if f.again {
		least = 2
	}
	if f.dropped {
		least = 0
	}
	mails := c.office.box(t, newcomer, least)
	eventually(t, "the outbox is empty", func() bool { return c.metric(t, "exposure_outbox_waiting") == "0" })
	if n := len(c.office.box(t, newcomer, least)); n < least || !f.again && n > least {
		t.Errorf("%d mails came, want %d", n, least)
	}
	if f.dropped {
		c.office.code(t, c.afterwards(t), 1) // others are not kept waiting
		return
	}
	code := c.office.code(t, newcomer, 1)
	for n := range mails {
		if again := c.office.code(t, newcomer, n+1); again != code {
			t.Errorf("mail %d of the same request holds another code", n+1)
		}
	}
	same(t, "the code that was late", c.confirms(t, c.late, code), answered)
	same(t, "the same a second time", c.confirms(t, c.late, code), rejected)
	c.office.code(t, c.afterwards(t), 1)
}

// afterwards is somebody who asks for a code when all is over.
func (c *cast) afterwards(t *testing.T) string {
	t.Helper()
	c.b.start(t, c.people[theLater])
	return c.people[theLater]
}

// TestMailServerNobodyTrusts: mails wait while the certificate is another's, and no address
// leaves the server.
func TestMailServerNobodyTrusts(t *testing.T) {
	ours, authority := newCertificate(t)
	strange, _ := newCertificate(t)
	office := openMoodyOffice(t, ours)
	s, shop := inventedSite(t, t.TempDir())
	c := onStage(t, s, shop, s.spawn(t, live.Redis(t), office.url, "env", "SSL_CERT_FILE="+authority), office.postOffice)
	office.certificate.Store(strange)
	office.line.Refuse() // what is kept open is trusted already
	office.line.Restore()
	c.whileMail(t, mailFault{})
	office.certificate.Store(ours)
	c.afterMail(t, mailFault{})
	c.server.stop(t)
}

// TestMailOutlastsRedis: a mail that waits for the mail server goes out once, also when
// Redis, which keeps it, is out of reach meanwhile.
func TestMailOutlastsRedis(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	office := openMoodyOffice(t, nil)
	redis, url := through(t, live.NewRedis(t))
	c := onStage(t, s, shop, s.spawn(t, url, office.url), office.postOffice)
	office.line.Refuse()
	c.whileMail(t, mailFault{})
	redis.Refuse()
	if got := c.ready(t); got != 503 {
		t.Errorf("readyz: %d", got)
	}
	same(t, "a request for a code", c.starts(t, c.people[theLater]), unavailable)
	office.mend()
	redis.Restore()
	c.recovers(t)
	c.afterMail(t, mailFault{})
	c.server.stop(t)
}

// newCertificate makes one for this machine, and a file by which programs trust it.
func newCertificate(t *testing.T) (*tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	file := filepath.Join(t.TempDir(), "authority.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
