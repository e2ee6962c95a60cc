package config

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"exposure/internal/redisdial"
)

// publicURL wants https: codes, secrets and reports travel over it. Plain http is for
// trying things out on one machine.
func (c *checker) publicURL(s string) *url.URL {
	const name = "EXPOSURE_PUBLIC_URL"
	if s == "" {
		c.refuse(name, "is not set: give the address that customers see, e.g. https://check.example.jp")
		return nil
	}
	u := c.url(name, s)
	switch {
	case u == nil:
	case !Encrypted(u):
		c.refuse(name, "must begin with https:// (http:// only for localhost): end TLS in front of this server and give the address customers see")
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		c.refuse(name, "must be scheme and host alone, e.g. https://check.example.jp: remove what follows the host, and any user name")
	default:
		return &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	return nil
}

// database is checked further by the store; here only for what would be misread.
func (c *checker) database(s string) string {
	s = cmp.Or(s, defaultDatabase)
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return s
	}
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		c.refuse("EXPOSURE_DATABASE_URL", "names PostgreSQL, which this version does not serve with: write sqlite:PATH")
		return s
	}
	c.refuse("EXPOSURE_DATABASE_URL", "is of no known kind: write sqlite:PATH")
	return s
}

// redis takes one server, Sentinels or a Cluster.
func (c *checker) redis(s string) string {
	if s == "" {
		return ""
	}
	if _, err := redisdial.Parse(s); err != nil {
		c.refuse("EXPOSURE_REDIS_URL", "%v", err)
	}
	return s
}

// smtp is checked further by the mailer; here only for what is missing altogether.
func (c *checker) smtp(s string) string {
	const name = "EXPOSURE_SMTP_URL"
	if s == "" {
		c.refuse(name, "is not set: give the mail server, e.g. smtp://user:password@mail.example.jp:587")
		return ""
	}
	if u := c.url(name, s); u != nil && (u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "") {
		c.refuse(name, "must be smtp:// or smtps:// and a host, e.g. smtp://user:password@mail.example.jp:587")
	}
	return s
}

// url parses without repeating what it was given: it may hold a password.
func (c *checker) url(name, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		c.refuse(name, "is no URL: check it for spaces and for characters of a password that must be written as %%XX")
		return nil
	}
	return u
}

// Encrypted tells whether what is sent there cannot be read on the way.
func Encrypted(u *url.URL) bool {
	switch u.Scheme {
	case "https":
		return u.Hostname() != ""
	case "http":
		return isLoopback(u.Hostname())
	default:
		return false
	}
}

// isLoopback knows localhost by name (RFC 6761 6.3) and loopback addresses.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
