package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"exposure/internal/config"
	"exposure/internal/email"
	"exposure/internal/mailauth"
	"exposure/internal/mailer"
)

type mailTestCmd struct {
	To           string `required:"" placeholder:"ADDR" help:"A mailbox of yours, best one at each carrier your customers use."`
	SMTPURL      string `name:"smtp-url" env:"EXPOSURE_SMTP_URL" placeholder:"URL" help:"smtp://user:password@host:port or smtps://…"`
	SMTPURLFile  string `name:"smtp-url-file" env:"EXPOSURE_SMTP_URL_FILE" placeholder:"FILE" help:"File that holds it."`
	MailFrom     string `name:"mail-from" env:"EXPOSURE_MAIL_FROM" placeholder:"ADDRESS" help:"Sender, if not that of the incident file."`
	DKIMKeyFile  string `name:"dkim-key-file" env:"EXPOSURE_DKIM_KEY_FILE" placeholder:"FILE" help:"PEM file with the private key that signs mails."`
	DKIMSelector string `name:"dkim-selector" env:"EXPOSURE_DKIM_SELECTOR" placeholder:"NAME" help:"Name under which DNS has its public key."`
	Commit       bool   `help:"Send it; without this nothing leaves."`
	JSON         bool   `name:"json" help:"Print as JSON."`
}

func (mailTestCmd) Help() string {
	return `Example:
  exposurectl mail-test --to operator@example.jp --commit

Sends one code mail exactly as customers get it, with a code that opens nothing, and tells how it left and which DNS
records vouch for it. Read it in the mailbox: not in the spam folder, no warning, and "dkim=pass dmarc=pass" among its headers.`
}

// trial is what came of a trial mail, as scripts read it.
type trial struct {
	Version  int          `json:"version"`
	Sent     bool         `json:"sent"`
	From     string       `json:"from"`
	Envelope string       `json:"envelope_sender"`
	ID       string       `json:"message_id"`
	Size     int          `json:"size"` // bytes
	TLS      *string      `json:"tls"`  // null: not encrypted, or not sent
	DKIM     *trialSigned `json:"dkim"` // null: we do not sign
	Aligned  aligned      `json:"aligned"`
	Records  []string     `json:"records"`

	local bool // the mail server is on this machine
}

type trialSigned struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	Verified bool   `json:"verified"`
}

// aligned tells which of the two ways to pass DMARC speaks for the domain of From.
type aligned struct {
	Envelope bool `json:"envelope"` // counts where SPF passes
	DKIM     bool `json:"dkim"`
}

func (c mailTestCmd) Run(p *program) error {
	settings, err := config.Serve{SMTPURL: c.SMTPURL, SMTPURLFile: c.SMTPURLFile, MailFrom: c.MailFrom,
		DKIMKeyFile: c.DKIMKeyFile, DKIMSelector: c.DKIMSelector}.CheckMail()
	if err != nil {
		return err
	}
	m, err := c.compose(p, settings)
	if err != nil {
		return err
	}
	key, err := settings.DKIM()
	if err != nil {
		return err
	}
	smtp, err := mailer.NewSMTP(mailer.SMTPConfig{URL: settings.SMTP, DKIM: key})
	if err != nil {
		return err
	}
	defer smtp.Close()
	raw, err := smtp.Compose(m)
	if err != nil {
		return err
	}
	t := examine(m, raw, key, smtp.Server())
	t.local = smtp.OnThisMachine()
	if c.Commit && t.sound() {
		seen, err := smtp.SendComposed(p.ctx, m, raw)
		if err != nil {
			return fmt.Errorf("the mail server of EXPOSURE_SMTP_URL did not take the mail: %w; %s", err, mailAdvice(err))
		}
		if t.Sent = true; seen.TLS != "" {
			t.TLS = &seen.TLS
		}
	}
	return c.report(p, t)
}

// compose is the mail that customers get, from the sender they were told to allow.
func (c mailTestCmd) compose(p *program, s config.Settings) (mailer.Message, error) {
	to, err := email.Parse(c.To)
	if err != nil {
		return mailer.Message{}, usagef("--to is no e-mail address")
	}
	in, _, err := p.incident()
	if err != nil {
		return mailer.Message{}, err
	}
	if s.MailFrom != "" {
		in.Mail.From = s.MailFrom
	}
	if !in.Mail.Allowed() {
		return mailer.Message{}, fmt.Errorf("the sender is not of the domain %s, which the incident file tells people to allow (mail.allow_domain)", in.Mail.AllowDomain)
	}
	return mailer.TrialMail(in, to, time.Now())
}

// examine looks at the finished mail as a receiver would once the records stand.
func examine(m mailer.Message, raw []byte, key *mailauth.Key, server string) trial {
	from := m.From.Domain()
	t := trial{
		Version: 1, From: m.From.Reveal(), Envelope: m.From.Reveal(), ID: m.MessageID, Size: len(raw),
		Aligned: aligned{Envelope: mailauth.Aligned(from, m.From.Domain())},
		Records: []string{mailauth.SPF(from, server).Line()},
	}
	if key != nil {
		record := key.DKIM(from)
		t.DKIM = &trialSigned{Selector: key.Selector()}
		if found, err := mailauth.Verify(raw, mailauth.Only(record)); err == nil {
			t.DKIM.Domain, t.DKIM.Verified = found[0].Domain, found[0].Err == nil
			t.Aligned.DKIM = t.DKIM.Verified && mailauth.Aligned(from, t.DKIM.Domain)
		}
		t.Records = append(t.Records, record.Line())
	}
	t.Records = append(t.Records, mailauth.DMARC(from, m.From.Reveal()).Line())
	return t
}

// sound: a mail whose own signature does not hold is worse than none.
func (t trial) sound() bool { return t.DKIM == nil || t.DKIM.Verified && t.Aligned.DKIM }

func (c mailTestCmd) report(p *program, t trial) error {
	var err error
	if c.JSON {
		err = json.NewEncoder(p.Out).Encode(t)
	} else {
		err = t.write(p.Out)
	}
	switch {
	case err != nil:
		return err
	case !t.sound():
		return errors.New("the signature does not hold, so nothing was sent")
	case !c.Commit:
		p.dryRun("one mail would be sent")
	}
	return nil
}

func (t trial) write(w io.Writer) error {
	lines := []string{
		"From              " + t.From,
		"Envelope sender   " + t.Envelope,
		"Message id        " + t.ID,
		fmt.Sprintf("Size              %d bytes", t.Size),
		"Encryption        " + t.encryption(),
		"DKIM signature    " + t.signature(),
		"DMARC alignment   " + t.alignment(),
		"", "DNS records. Where one stands already, change it: a name must not have two of a kind.",
	}
	for _, line := range append(lines, t.Records...) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, `
An SPF record that stands already gets the part between v=spf1 and -all added. p=quarantine of DMARC holds for every mail
of the domain: where others send for it as well, begin with p=none and read the reports first.
`)
	return err
}

func (t trial) encryption() string {
	switch {
	case !t.Sent:
		return "not sent, so not seen"
	case t.TLS == nil && t.local:
		return "none, to a mail server on this machine; see that it encrypts on the way out"
	case t.TLS == nil:
		return "none: the mail travelled readable to the mail server; drop starttls from EXPOSURE_SMTP_URL, or use smtps://"
	default:
		return *t.TLS
	}
}

func (t trial) signature() string {
	switch {
	case t.DKIM == nil:
		return "none by us; set EXPOSURE_DKIM_KEY_FILE and EXPOSURE_DKIM_SELECTOR unless the mail server signs"
	case !t.DKIM.Verified:
		return "DOES NOT HOLD; see that EXPOSURE_DKIM_KEY_FILE is a whole private key of this domain, or make a new one"
	default:
		return fmt.Sprintf("holds, for %s under the selector %s (checked against the record below)", t.DKIM.Domain, t.DKIM.Selector)
	}
}

func (t trial) alignment() string {
	if t.Aligned.DKIM {
		return "From, envelope sender and DKIM are of one organisation"
	}
	return "From and envelope sender are of one organisation; without a DKIM signature that is lost when mail is forwarded: set the two variables, or have the mail server sign"
}
