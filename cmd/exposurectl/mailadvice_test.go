package main

import (
	"fmt"
	"strings"
	"testing"

	"exposure/internal/mailer"
)

// TestMailAdvice: every way in which a mail is not taken, and in which it travels readable,
// says what to do about it.
func TestMailAdvice(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&mailer.TemporaryError{Step: mailer.StepConnect, Code: 535}, "name and password"},
		{&mailer.TemporaryError{Step: mailer.StepConnect}, "STARTTLS"},
		{&mailer.TemporaryError{Step: mailer.StepSender, Code: 550}, "mail.from"},
		{&mailer.PermanentError{Step: mailer.StepRecipient, Code: 550}, "check --to"},
		{&mailer.PermanentError{Step: mailer.StepAccept, Code: 554}, "look at its log"},
	} {
		if got := mailAdvice(fmt.Errorf("sending: %w", c.err)); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	if got := (trial{Sent: true}).encryption(); !strings.Contains(got, "readable") || !strings.Contains(got, "use smtps://") {
		t.Errorf("readable: %q", got)
	}
	if got := (trial{Sent: true, local: true}).encryption(); !strings.Contains(got, "on this machine") {
		t.Errorf("readable on this machine: %q", got)
	}
}
