package mailer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"exposure/internal/email"
)

// Message is one finished mail to one recipient. It holds a code in clear: it does not
// print, and whoever keeps one must be the recipient or a test.
type Message struct {
	From      email.Address // of the header and of the envelope
	FromName  string        // empty for none
	To        email.Address
	Subject   string
	Body      string    // text with \n line ends
	Date      time.Time // its location is the one written
	MessageID string    // without the angle brackets
}

// Format masks the message whatever the verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(message)")) }

// MarshalJSON masks the message in JSON, logs included.
func (m Message) MarshalJSON() ([]byte, error) { return []byte(`"(message)"`), nil }

// LogValue masks the message in structured logs.
func (m Message) LogValue() slog.Value { return slog.StringValue("(message)") }

// Sender hands one message over. A nil error means that the server took responsibility
// for it, which says nothing about the mailbox. A *PermanentError means that this
// message will never be taken; any other error that it may be tried again, and a
// *TemporaryError with MaybeAccepted that it may have been taken all the same. Errors
// hold no address. Implementations are safe for concurrent use and end with ctx.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Step names the part of an SMTP dialogue in which something went wrong.
type Step string

// The steps of handing over one mail.
const (
	StepCompose   Step = "compose"   // before anything was sent
	StepConnect   Step = "connect"   // dialling, TLS, greeting, EHLO, AUTH
	StepSender    Step = "sender"    // MAIL FROM
	StepRecipient Step = "recipient" // RCPT TO
	StepContent   Step = "content"   // DATA up to the final dot
	StepAccept    Step = "accept"    // the answer to the final dot
)

// PermanentError is a refusal of this recipient or this content (SMTP 5xx).
type PermanentError struct {
	Step     Step
	Code     int    // SMTP reply code, 0 when the message never reached a server
	Enhanced string // RFC 3463 status such as 5.1.1, empty when the server gave none
	// Cause is set where it cannot hold an address: while composing.
	Cause error
}

// Error names step and code, never what the server wrote.
func (e *PermanentError) Error() string {
	s := "mail refused for good at " + describe(e.Step, e.Code, e.Enhanced)
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Cause }

// TemporaryError is anything that may go better later: SMTP 4xx, a lost connection, a
// server that is down, and also what is wrong with our side of the dialogue (log-in
// refused, our sender address refused), because a mail must not be lost over that.
type TemporaryError struct {
	Step     Step
	Code     int
	Enhanced string
	// MaybeAccepted: the connection was lost after the whole mail had been sent and
	// before the server's answer. The mail may arrive or not.
	MaybeAccepted bool
	// Cause is set where it cannot hold an address: while connecting.
	Cause error
}

// Error names step, code and cause, never what the server wrote.
func (e *TemporaryError) Error() string {
	s := "mail not handed over at " + describe(e.Step, e.Code, e.Enhanced)
	if e.MaybeAccepted {
		s += ", it may have been accepted"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *TemporaryError) Unwrap() error { return e.Cause }

func describe(step Step, code int, enhanced string) string {
	s := string(step)
	if code != 0 {
		s += fmt.Sprintf(" (%d", code)
		if enhanced != "" {
			s += " " + enhanced
		}
		s += ")"
	}
	return s
}
