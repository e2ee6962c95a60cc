package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"exposure/internal/email"
	"exposure/internal/mailauth"
)

// SMTPConfig configures an SMTP sender. URL is required.
type SMTPConfig struct {
	// URL is smtp://user:password@host:port or smtps://…; smtp takes the option
	// ?starttls=required (default), opportunistic (default on this machine) or none.
	// Certificates are always checked.
	URL string
	// Hello is the name given in EHLO. Default the domain of the message's From: the
	// name of this machine is nobody's business.
	Hello string
	// Connections bounds the connections open at a time; they are kept and used again.
	// Default 4, a third of WorkerConfig.Parallel.
	Connections int
	// Dial bounds connecting up to the log-in, Step each answer of the server, and Whole
	// one call of Send. Defaults 20, 30 and 60 seconds.
	Dial, Step, Whole time.Duration
	// Idle is how long an unused connection is kept. Default 30 seconds.
	Idle time.Duration
	// DKIM signs every mail for the domain of its sender; nil: the mail server does, or
	// nobody.
	DKIM *mailauth.Key
	// RootCAs are trusted instead of the system's; for tests and private relays.
	RootCAs *x509.CertPool
}

// connections is how many mails are on their way at a time unless somebody says otherwise: what
// sends and what shares the connections out must mean the same.
const connections = 4

// SMTP is a Sender that hands mails to one SMTP server, over connections it keeps. Safe
// for concurrent use.
type SMTP struct {
	c      SMTPConfig
	server server
	slots  chan struct{} // one token for each connection that may be in use

	mu     sync.Mutex
	idle   []*connection // most recently used last
	closed bool
}

// NewSMTP checks the configuration. It does not connect: a mail server that is down now
// is no reason not to start.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	s, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c.Connections = or(c.Connections, connections)
	c.Dial = or(c.Dial, 20*time.Second)
	c.Step = or(c.Step, 30*time.Second)
	c.Whole = or(c.Whole, 60*time.Second)
	c.Idle = or(c.Idle, 30*time.Second)
	return &SMTP{c: c, server: s, slots: make(chan struct{}, c.Connections)}, nil
}

// Send hands m over; see [Sender].
//
// Only the answer to a recipient or to the content makes a *PermanentError. A 5xx to our
// log-in or sender address is our own trouble: the mail waits until somebody mends it.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	raw, err := render(m, s.c.DKIM)
	if err != nil {
		return &PermanentError{Step: StepCompose, Cause: err}
	}
	return s.send(ctx, m, raw, func(*connection) {})
}

// send hands over the bytes of m; taken is called with the connection that took them.
func (s *SMTP) send(ctx context.Context, m Message, raw []byte, taken func(*connection)) error {
	ctx, cancel := context.WithTimeout(ctx, s.c.Whole)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return &TemporaryError{Step: StepConnect, Cause: ctx.Err()}
	}
	for {
		c, kept, err := s.connection(ctx, m.From)
		if err != nil {
			return connectError(err)
		}
		if err = c.deliver(ctx, m.From, m.To, raw); err == nil {
			taken(c)
		}
		if c.usable() {
			s.keep(c)
		} else {
			c.abort()
		}
		// A server may close a connection that waited too long. Nothing was handed over
		// then, and the mail goes out over a new one; the other kept ones are as old.
		if kept && ctx.Err() == nil && lostBeforeContent(err) {
			s.dropIdle()
			continue
		}
		return err
	}
}

// Close ends the kept connections. Mails being sent are not touched.
func (s *SMTP) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.dropIdle()
	return nil
}

func (s *SMTP) dropIdle() {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, c := range idle {
		c.quit()
	}
}

func (s *SMTP) keep(c *connection) {
	c.usedAt = time.Now()
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if closed {
		c.quit()
	}
}

// connection returns a kept connection, or a new one.
func (s *SMTP) connection(ctx context.Context, from email.Address) (c *connection, kept bool, err error) {
	s.mu.Lock()
	if last := len(s.idle) - 1; last >= 0 {
		c, s.idle = s.idle[last], s.idle[:last]
	}
	s.mu.Unlock()
	if c != nil && time.Since(c.usedAt) <= s.c.Idle {
		return c, true, nil
	}
	if c != nil {
		c.quit()
		s.dropIdle() // all others are older
	}
	c, err = s.dial(ctx, from)
	return c, false, err
}

// dial connects, encrypts and logs in.
func (s *SMTP) dial(ctx context.Context, from email.Address) (*connection, error) {
	c := &connection{}
	config := &tls.Config{ServerName: s.server.host, RootCAs: s.c.RootCAs, MinVersion: tls.VersionTLS12}
	client, err := gomail.NewClient(s.server.host, s.options(config, from, func(ctx context.Context, network, address string) (net.Conn, error) {
		return c.open(ctx, network, address, s, config)
	})...)
	if err != nil {
		return nil, fmt.Errorf("configuring the SMTP client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Dial)
	defer cancel()
	stop := context.AfterFunc(ctx, c.abort)
	c.smtp, err = client.DialToSMTPClientWithContext(ctx)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.abort() // the library leaves the connection open when EHLO, TLS or AUTH fail
		return nil, err
	}
	return c, nil
}

func (s *SMTP) options(config *tls.Config, from email.Address, dial gomail.DialContextFunc) []gomail.Option {
	hello := s.c.Hello
	if hello == "" {
		hello = from.Domain()
	}
	o := []gomail.Option{
		gomail.WithPort(s.server.port), gomail.WithTimeout(s.c.Dial), gomail.WithHELO(hello),
		gomail.WithTLSConfig(config), gomail.WithoutSMTPUTF8(), gomail.WithDialContextFunc(dial),
	}
	if s.server.tls {
		o = append(o, gomail.WithSSL())
	} else {
		o = append(o, gomail.WithTLSPolicy(s.server.starttls))
	}
	if s.server.user != "" {
		// PLAIN and LOGIN refuse to run unencrypted except on this machine.
		o = append(o, gomail.WithUsername(s.server.user), gomail.WithPassword(s.server.password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return o
}

func lostBeforeContent(err error) bool {
	var t *TemporaryError
	return errors.As(err, &t) && !t.MaybeAccepted && (t.Code == 0 || t.Code == 421) && t.Step != StepAccept
}
