package config

import (
	"errors"
	"fmt"

	"exposure/internal/mailauth"
)

// CheckMail checks what sending a mail takes, and nothing else: SMTP, MailFrom and DKIM
// are all it returns.
func (s Serve) CheckMail() (Settings, error) {
	c := &checker{}
	out := Settings{
		SMTP:     c.smtp(c.secret("EXPOSURE_SMTP_URL", s.SMTPURL, s.SMTPURLFile)),
		MailFrom: c.mailFrom(s.MailFrom),
	}
	out.DKIMKeyFile, out.DKIMSelector = c.dkim(s.DKIMKeyFile, s.DKIMSelector)
	if err := errors.Join(c.refusals...); err != nil {
		return Settings{}, fmt.Errorf("no mail can be sent with this configuration:\n%w", err)
	}
	return out, nil
}

// dkim wants both or neither: with one of them somebody believes that mails are signed.
func (c *checker) dkim(file, selector string) (string, string) {
	switch {
	case file == "" && selector == "":
	case selector == "":
		c.refuse("EXPOSURE_DKIM_SELECTOR", "is not set, but EXPOSURE_DKIM_KEY_FILE is: give the name under which DNS has the public key, e.g. exposure2026")
	case file == "":
		c.refuse("EXPOSURE_DKIM_KEY_FILE", "is not set, but EXPOSURE_DKIM_SELECTOR is: give the PEM file of the private key, or unset both")
	case mailauth.CheckSelector(selector) != nil:
		c.refuse("EXPOSURE_DKIM_SELECTOR", "is %v", mailauth.CheckSelector(selector))
	default:
		if _, err := mailauth.LoadKey(file, selector); err != nil {
			c.refuse("EXPOSURE_DKIM_KEY_FILE", "cannot be used: %v", err)
		}
	}
	return file, selector
}

// DKIM loads the key that signs mails, or returns nil when none is configured.
func (s Settings) DKIM() (*mailauth.Key, error) {
	if s.DKIMKeyFile == "" {
		return nil, nil
	}
	return mailauth.LoadKey(s.DKIMKeyFile, s.DKIMSelector)
}

// Signing is DKIM for whoever only looks: a key that cannot be loaded is none, and was
// refused already.
func (s Settings) Signing() *mailauth.Key {
	key, err := s.DKIM()
	if err != nil {
		return nil
	}
	return key
}
