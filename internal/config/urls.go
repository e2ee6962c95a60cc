package config

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

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
	return c.origin(name, s, "end TLS in front of this server and give the address customers see, e.g. https://check.example.jp")
}

// origin wants scheme and host alone, and nothing that can be read on the way.
func (c *checker) origin(name, s, advice string) *url.URL {
	u := c.url(name, s)
	switch {
	case u == nil:
	case !Encrypted(u):
		c.refuse(name, "must begin with https:// (http:// only for localhost): %s", advice)
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		c.refuse(name, "must be scheme and host alone, e.g. https://check.example.jp: remove what follows the host, and any user name")
	default:
		return &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	return nil
}

// consoleURL is how agents reach the desk. Passwords and reports travel there: without an
// address it is only served where nobody but this machine hears.
func (c *checker) consoleURL(s, private string) *url.URL {
	if s != "" {
		return c.origin("EXPOSURE_CONSOLE_URL", s, "end TLS in front of the private listener and give the address agents see")
	}
	host, _, err := net.SplitHostPort(private)
	if err != nil || !isLoopback(host) {
		return nil
	}
	return &url.URL{Scheme: "http", Host: private}
}

// defaultMargin is for agents to prepare themselves, and to end what they have begun.
const defaultMargin = time.Hour

// consoleHours is when the desk is open.
func (c *checker) consoleHours(s string) (margin time.Duration, always bool) {
	switch s {
	case "":
		return defaultMargin, false
	case "always":
		return 0, true
	}
	margin, err := time.ParseDuration(s)
	if err != nil || margin < 0 || margin > 24*time.Hour {
		c.refuse("EXPOSURE_CONSOLE_HOURS", "is neither a time from 0s to 24h nor always: write it like 60m")
		return defaultMargin, false
	}
	return margin, false
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
