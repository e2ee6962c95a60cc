package mailer

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"

	gomail "github.com/wneessen/go-mail"
)

// ErrURL means that the SMTP URL cannot be used. The error says why, and never repeats
// the URL, which holds a password.
var ErrURL = errors.New("SMTP URL")

// server is what an SMTP URL says.
type server struct {
	host     string
	port     int
	user     string
	password string
	tls      bool             // TLS from the first byte (smtps)
	starttls gomail.TLSPolicy // for smtp
}

// parseURL reads smtp://user:password@host:port?starttls=required|opportunistic|none
// and smtps://…. Ports default to 587 and 465. STARTTLS is required unless the host is
// this machine, where opportunistic is the default.
func parseURL(raw string) (server, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return server{}, fmt.Errorf("%w: not a URL", ErrURL) // url's own error repeats it
	}
	if u.Hostname() == "" || u.Opaque != "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return server{}, fmt.Errorf("%w: want smtp://user:password@host:port", ErrURL)
	}
	s := server{host: u.Hostname(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		s.port = 587
	case "smtps":
		s.port, s.tls = 465, true
	default:
		return server{}, fmt.Errorf("%w: the scheme must be smtp or smtps", ErrURL)
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return server{}, fmt.Errorf("%w: the port must be 1 to 65535", ErrURL)
		}
	}
	if err := s.readOptions(u.RawQuery); err != nil {
		return server{}, err
	}
	if s.user != "" && s.starttls == gomail.NoTLS && !s.tls && !s.loopback() {
		return server{}, fmt.Errorf("%w: a password would travel unencrypted with starttls=none", ErrURL)
	}
	return s, nil
}

func (s *server) readOptions(query string) error {
	options, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("%w: the options after ? cannot be read", ErrURL)
	}
	s.starttls = gomail.TLSMandatory
	if s.loopback() {
		s.starttls = gomail.TLSOpportunistic
	}
	for name, values := range options {
		if name != "starttls" || len(values) != 1 || s.tls {
			return fmt.Errorf("%w: the only option is starttls, once, for smtp://", ErrURL)
		}
		switch values[0] {
		case "required":
			s.starttls = gomail.TLSMandatory
		case "opportunistic":
			s.starttls = gomail.TLSOpportunistic
		case "none":
			s.starttls = gomail.NoTLS
		default:
			return fmt.Errorf("%w: starttls must be required, opportunistic or none", ErrURL)
		}
	}
	return nil
}

func (s *server) loopback() bool {
	if s.host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(s.host)
	return err == nil && a.IsLoopback()
}
