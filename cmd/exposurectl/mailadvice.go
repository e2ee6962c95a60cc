package main

import (
	"errors"
	"syscall"

	"exposure/internal/mailer"
)

// mailAdvice is what to do about a mail that the mail server did not take.
func mailAdvice(err error) string {
	step, code := mailer.StepAccept, 0
	if t := new(mailer.TemporaryError); errors.As(err, &t) {
		step, code = t.Step, t.Code
	} else if p := new(mailer.PermanentError); errors.As(err, &p) {
		step, code = p.Step, p.Code
	}
	switch {
	case step == mailer.StepConnect && code != 0:
		return "look at its log for this connection: name and password of EXPOSURE_SMTP_URL, and what it lets this machine do"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: see that the mail server runs, and check host and port of EXPOSURE_SMTP_URL (without one, 587 for smtp:// and 465 for smtps://)"
	case step == mailer.StepConnect:
		return "check host, port and firewall of EXPOSURE_SMTP_URL, and that the server offers STARTTLS with a certificate for that name"
	case step == mailer.StepSender:
		return "have it let this machine send from that sender (mail.from of the incident file, or EXPOSURE_MAIL_FROM)"
	case step == mailer.StepRecipient:
		return "check --to, and have it let this machine send to other domains"
	}
	return "look at its log for why: a limit of size, a filter, or a connection that broke; then repeat"
}
