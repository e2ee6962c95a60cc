package mailer

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/otp"
	"exposure/internal/wording"
)

// Greeting is what a mail server offered once we were connected and logged in.
type Greeting struct {
	// TLS is the version and cipher that encrypt the connection; empty: nothing does.
	TLS string
	// LoggedIn tells that we gave a name and a password, and that they were taken.
	LoggedIn bool
	// MaxSize is the largest mail in bytes (RFC 1870); 0 when the server names none.
	MaxSize int64
	// MailMax is how many mails it takes over one connection (RFC 9422 LIMITS); 0 when
	// it names no number.
	MailMax int
}

// trialLife is what a short code's mail says about how long it works.
const trialLife = 30 * time.Minute

// TrialMail is a code mail to try how mails leave: word for word what customers get. Its
// code is drawn and stored nowhere, so that it opens nothing.
func TrialMail(in *breach.Incident, to email.Address, now time.Time) (Message, error) {
	from, err := email.Parse(in.Mail.From)
	if err != nil {
		return Message{}, fmt.Errorf("sender address of code mails: %w", err)
	}
	code, err := otp.DrawShort(8)
	if err != nil {
		return Message{}, fmt.Errorf("drawing a code: %w", err)
	}
	text := wording.WebCodeMail(in, code, false, now.Add(trialLife))
	return compose(in, from, in.Site.Name.In(breach.Japanese), to, text, now), nil
}

// Compose writes the mail that Send would hand over, signed if there is a key.
func (s *SMTP) Compose(m Message) ([]byte, error) { return render(m, s.c.DKIM) }

// SendComposed hands over the bytes that Compose wrote for m, as Send does, and tells over
// what kind of connection. Errors are those of Send.
func (s *SMTP) SendComposed(ctx context.Context, m Message, raw []byte) (Greeting, error) {
	var g Greeting
	err := s.send(ctx, m, raw, func(c *connection) { g = s.greeting(c) })
	return g, err
}

// Probe connects, encrypts and logs in as for a mail from that sender, and hangs up.
func (s *SMTP) Probe(ctx context.Context, from email.Address) (Greeting, error) {
	c, err := s.dial(ctx, from)
	if err != nil {
		return Greeting{}, connectError(err)
	}
	defer c.quit()
	return s.greeting(c), nil
}

// Server is the host of the mail server.
func (s *SMTP) Server() string { return s.server.host }

// OnThisMachine tells whether mails go to a server on this machine.
func (s *SMTP) OnThisMachine() bool { return s.server.loopback() }

func (s *SMTP) greeting(c *connection) Greeting {
	g := Greeting{LoggedIn: s.server.user != ""}
	if state, ok := c.smtp.TLSConnectionState(); ok {
		g.TLS = tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	}
	if _, size := c.smtp.Extension("SIZE"); size != "" {
		g.MaxSize, _ = strconv.ParseInt(size, 10, 64)
	}
	_, limits := c.smtp.Extension("LIMITS")
	for limit := range strings.FieldsSeq(limits) {
		if n, ok := strings.CutPrefix(strings.ToUpper(limit), "MAILMAX="); ok {
			g.MailMax, _ = strconv.Atoi(n)
		}
	}
	return g
}
