package doctor

import (
	"context"
	"errors"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/mailer"
)

func (i Installation) mail(ctx context.Context, p *patient, in *breach.Incident) {
	if i.SMTP == "" {
		return
	}
	from, err := email.Parse(in.Mail.From)
	if err != nil {
		p.trouble("correct mail.from", "the sender is no e-mail address")
		return
	}
	smtp, err := mailer.NewSMTP(mailer.SMTPConfig{URL: i.SMTP, DKIM: i.DKIM, Dial: patience})
	if err != nil {
		p.trouble("write it like smtp://user:password@mail.example.jp:587", "%v", err)
		return
	}
	defer smtp.Close()
	seen, err := smtp.Probe(ctx, from)
	if err != nil {
		p.trouble(mailAdvice(err), "the mail server takes no mail from us: %v", err)
		return
	}
	p.ok("the mail server answers")
	switch {
	case seen.TLS != "":
		p.ok("mails travel encrypted to it (%s)", seen.TLS)
	case !smtp.OnThisMachine():
		p.trouble("drop starttls=none from EXPOSURE_SMTP_URL, or use smtps://", "mails with codes travel readable to the mail server")
	}
	if !seen.LoggedIn && !smtp.OnThisMachine() {
		p.note("see that it lets this machine send without a name and a password", "we do not log in to the mail server")
	}
	i.limits(p, in, smtp, from, seen)
}

// limits compares what the server takes with a mail of ours.
func (i Installation) limits(p *patient, in *breach.Incident, smtp *mailer.SMTP, from email.Address, seen mailer.Greeting) {
	m, err := mailer.TrialMail(in, from, i.Now())
	if err != nil {
		p.trouble("correct the incident file", "a code mail cannot be written: %v", err)
		return
	}
	raw, err := smtp.Compose(m)
	switch {
	case err != nil:
		p.trouble("correct the incident file", "a code mail cannot be written: %v", err)
	case seen.MaxSize > 0 && seen.MaxSize < int64(len(raw)):
		p.trouble("raise its message size limit", "the mail server takes mails of %d bytes, ours have %d", seen.MaxSize, len(raw))
	case seen.MailMax > 0:
		p.note("raise it if many codes are asked for at once", "the mail server takes %d mails over one connection", seen.MailMax)
	}
}

func mailAdvice(err error) string {
	var t *mailer.TemporaryError
	if errors.As(err, &t) && t.Code != 0 {
		return "look at its log for this connection: name, password and what it lets this machine do"
	}
	return "check host, port and firewall of EXPOSURE_SMTP_URL, and that the server offers STARTTLS with a certificate for that name"
}
