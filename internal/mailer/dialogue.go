package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"sync/atomic"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"exposure/internal/email"
)

// connection is one connection to the mail server. One mail at a time goes over it.
type connection struct {
	wire   atomic.Pointer[timedConn]
	smtp   *gosmtp.Client
	usedAt time.Time
	broken bool
}

// open dials, and starts TLS at once for smtps.
func (c *connection) open(ctx context.Context, network, address string, s *SMTP, config *tls.Config) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	wire := &timedConn{Conn: raw, step: s.c.Step}
	if end, ok := ctx.Deadline(); ok {
		wire.limit(end)
	}
	c.wire.Store(wire)
	if err := ctx.Err(); err != nil { // ended before there was anything to cut
		c.abort()
		return nil, err
	}
	if !s.server.tls {
		return wire, nil
	}
	secure := tls.Client(wire, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// deliver runs the dialogue of one mail. The end of ctx cuts the connection.
func (c *connection) deliver(ctx context.Context, from, to email.Address, raw []byte) error {
	wire := c.wire.Load()
	if end, ok := ctx.Deadline(); ok {
		wire.limit(end)
	}
	stop := context.AfterFunc(ctx, c.abort)
	err := c.dialogue(from, to, raw)
	if !stop() {
		c.broken = true // cut, or about to be
	}
	return err
}

func (c *connection) dialogue(from, to email.Address, raw []byte) error {
	if err := c.smtp.Mail("<" + from.SMTP() + ">"); err != nil {
		return c.failed(StepSender, err)
	}
	if err := c.smtp.Rcpt("<" + to.SMTP() + ">"); err != nil {
		return c.failed(StepRecipient, err)
	}
	w, err := c.smtp.Data()
	if err != nil {
		return c.failed(StepContent, err)
	}
	if _, err := w.Write(raw); err != nil {
		return c.failed(StepContent, err)
	}
	if err := w.Close(); err != nil {
		return c.failed(StepAccept, err)
	}
	return nil
}

// failed classifies an error. After a proper answer the connection is good for the next
// mail; in the middle of the content, where the dialogue stands is not worth finding out.
func (c *connection) failed(step Step, err error) error {
	switch code, _ := reply(err); {
	case code == 0 || code == 421 || step == StepContent:
		c.broken = true
	case step != StepAccept:
		c.broken = c.smtp.Reset() != nil
	}
	return classify(step, err)
}

func (c *connection) usable() bool { return !c.broken }

// quit says goodbye, briefly, and closes.
func (c *connection) quit() {
	c.wire.Load().limit(time.Now().Add(time.Second))
	_ = c.smtp.Quit()
	c.abort()
}

// abort closes whatever there is, at any time and from any goroutine.
func (c *connection) abort() {
	if wire := c.wire.Load(); wire != nil {
		_ = wire.Conn.Close()
	}
}

// Why there was no answer.
var (
	errLost = errors.New("connection lost")
	errSlow = errors.New("no answer in time")
)

// classify turns an error of the dialogue into one without an address: servers repeat
// it in their answers, so that nothing of those is kept but the numbers.
func classify(step Step, err error) error {
	code, enhanced := reply(err)
	switch {
	case code >= 500 && step != StepSender:
		return &PermanentError{Step: step, Code: code, Enhanced: enhanced}
	case code != 0:
		return &TemporaryError{Step: step, Code: code, Enhanced: enhanced}
	}
	t := &TemporaryError{Step: step, MaybeAccepted: step == StepAccept, Cause: errLost}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Cause = errSlow
	}
	return t
}

// connectError classifies an error before any address was sent: its text is our server's
// name and what is wrong with its certificate, which operators need. A server's answer
// may repeat the user name and is cut to its code.
func connectError(err error) error {
	if code, enhanced := reply(err); code != 0 {
		return &TemporaryError{Step: StepConnect, Code: code, Enhanced: enhanced}
	}
	return &TemporaryError{Step: StepConnect, Cause: err}
}

var enhancedStatus = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)

// reply returns the code of a server's 4xx or 5xx answer and its RFC 3463 status, or 0.
func reply(err error) (code int, enhanced string) {
	var e *textproto.Error
	if !errors.As(err, &e) || e.Code < 400 || e.Code > 599 {
		return 0, ""
	}
	return e.Code, enhancedStatus.FindString(e.Msg)
}
