// Package config turns flags and environment variables into settings that are checked.
//
// It guarantees that whatever it returns is safe to serve with, that every refusal is a
// sentence which names the variable and says what to do, and that all refusals come at
// once. It never repeats a secret: not in an error, and not when settings are printed.
// Only the programs import it; everything else gets its own Config.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"exposure/internal/email"
	"exposure/internal/ratelimit"
)

// Serve is the configuration of "exposured serve" as it is written, for kong: each field
// is a flag and an environment variable. Secrets may be read from files instead.
type Serve struct {
	Incident  string `name:"incident" env:"EXPOSURE_INCIDENT" placeholder:"FILE" help:"Incident file. Required."`
	PublicURL string `name:"public-url" env:"EXPOSURE_PUBLIC_URL" placeholder:"URL" help:"The published address; https, or http on loopback. Required."`
	KeyFile   string `name:"key-file" env:"EXPOSURE_KEY_FILE" placeholder:"FILE" help:"Server key file. Required."`

	DatabaseURL     string `name:"database-url" env:"EXPOSURE_DATABASE_URL" placeholder:"URL" help:"sqlite:PATH (sqlite:exposure.db)."`
	DatabaseURLFile string `name:"database-url-file" env:"EXPOSURE_DATABASE_URL_FILE" placeholder:"FILE" help:"File that holds it."`
	RedisURL        string `name:"redis-url" env:"EXPOSURE_REDIS_URL" placeholder:"URL" help:"redis://…, of one server, Sentinels or a Cluster; empty: memory, for one node."`
	RedisURLFile    string `name:"redis-url-file" env:"EXPOSURE_REDIS_URL_FILE" placeholder:"FILE" help:"File that holds it."`
	SMTPURL         string `name:"smtp-url" env:"EXPOSURE_SMTP_URL" placeholder:"URL" help:"smtp://user:password@host:port or smtps://… . Required."`
	SMTPURLFile     string `name:"smtp-url-file" env:"EXPOSURE_SMTP_URL_FILE" placeholder:"FILE" help:"File that holds it."`
	MailFrom        string `name:"mail-from" env:"EXPOSURE_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of code mails, if not that of the incident file."`

	DKIMKeyFile  string `name:"dkim-key-file" env:"EXPOSURE_DKIM_KEY_FILE" placeholder:"FILE" help:"PEM file with the private key that signs mails (RSA or Ed25519), for its owner only; empty: the mail server signs."`
	DKIMSelector string `name:"dkim-selector" env:"EXPOSURE_DKIM_SELECTOR" placeholder:"NAME" help:"Name under which DNS has its public key: NAME._domainkey.(domain of the sender)."`

	PublicAddr     string `name:"public-addr" env:"EXPOSURE_PUBLIC_ADDR" placeholder:"ADDR" help:"Where customers come in (:8080)."`
	PrivateAddr    string `name:"private-addr" env:"EXPOSURE_PRIVATE_ADDR" placeholder:"ADDR" help:"Health, metrics and staff; loopback or private (127.0.0.1:8081)."`
	MyPageAddr     string `name:"mypage-addr" env:"EXPOSURE_MYPAGE_ADDR" placeholder:"ADDR" help:"Own listener of the MY page API; empty: the private one."`
	ConsoleURL     string `name:"console-url" env:"EXPOSURE_CONSOLE_URL" placeholder:"URL" help:"How the call centre reaches the desk on the private listener: https, or http on loopback (http:// and the private address if that is on loopback; else there is no desk)."`
	ConsoleHours   string `name:"console-hours" env:"EXPOSURE_CONSOLE_HOURS" placeholder:"TIME" help:"How long before and after the help line's hours the desk is open, 0s to 24h, or always (60m)."`
	TrustedProxies string `name:"trusted-proxies" env:"EXPOSURE_TRUSTED_PROXIES" placeholder:"CIDR,…" help:"Peers whose X-Forwarded-For counts; empty: nobody's."`

	Limits           string `name:"limits" env:"EXPOSURE_LIMITS" placeholder:"NAME=N/TIME,…" help:"Overrides of limits by name, e.g. request-ip=120/1h."`
	InsecureNoLimits bool   `name:"insecure-no-limits" help:"Lift network, send and global limits. For load tests only."`

	Connector     string `name:"connector" env:"EXPOSURE_CONNECTOR" placeholder:"KIND" help:"none, plugin, webhook:URL, eccube2:DSN or eccube4:DSN (none)."`
	ConnectorFile string `name:"connector-file" env:"EXPOSURE_CONNECTOR_FILE" placeholder:"FILE" help:"File that holds it."`

	WebhookSecret     string `name:"webhook-secret" env:"EXPOSURE_WEBHOOK_SECRET" placeholder:"whsec_…" help:"Signs what webhook:URL is told (Standard Webhooks); two, with a space between, while one is replaced. Required by it."`
	WebhookSecretFile string `name:"webhook-secret-file" env:"EXPOSURE_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"File that holds it."`
	WebhookNetworks   string `name:"webhook-networks" env:"EXPOSURE_WEBHOOK_NETWORKS" placeholder:"CIDR,…" help:"Private networks in which the host of webhook:URL may be; empty: none."`

	AuditHeads   string `name:"audit-heads" env:"EXPOSURE_AUDIT_HEADS" placeholder:"FILE" help:"File to which signed heads of the audit log are appended; best on another machine."`
	AlarmURL     string `name:"alarm-url" env:"EXPOSURE_ALARM_URL" placeholder:"URL" help:"Where alarms are posted; https, or http on loopback."`
	AlarmURLFile string `name:"alarm-url-file" env:"EXPOSURE_ALARM_URL_FILE" placeholder:"FILE" help:"File that holds it."`

	AlarmSecret     string `name:"alarm-secret" env:"EXPOSURE_ALARM_SECRET" placeholder:"whsec_…" help:"Signs alarms (Standard Webhooks); empty: unsigned."`
	AlarmSecretFile string `name:"alarm-secret-file" env:"EXPOSURE_ALARM_SECRET_FILE" placeholder:"FILE" help:"File that holds it."`
}

// Settings are checked and safe to serve with. They hold secrets and do not print.
type Settings struct {
	Incident       string // path
	PublicURL      *url.URL
	KeyFile        string // path
	Database       string // secret
	Redis          string // secret; empty: memory
	SMTP           string // secret
	MailFrom       string // folded; empty: that of the incident file
	DKIMKeyFile    string // path; empty: mails leave unsigned
	DKIMSelector   string // empty with DKIMKeyFile
	PublicAddr     string
	PrivateAddr    string
	MyPageAddr     string        // empty: on the private listener
	MyPageLocal    bool          // nobody but this machine reaches MyPageAddr
	ConsoleURL     *url.URL      // nil: agents cannot reach the desk safely, so there is none
	ConsoleMargin  time.Duration // before and after the help line's hours
	ConsoleAlways  bool          // the desk never closes
	TrustedProxies []netip.Prefix
	Limits         ratelimit.Table
	Lifted         bool // network, send and global limits are off
	Connector      Connector
	AuditHeads     string // path; empty: none
	Alarm          string // secret; empty: none
	AlarmSecret    string // secret; empty: alarms are not signed
}

// ProxyUnnamed tells that customers come through a proxy, since TLS does not end here, and that
// none is believed when it says who they are. Unless it keeps their addresses by itself, all of
// them share one customer's limits.
func (s Settings) ProxyUnnamed() bool {
	return s.PublicURL != nil && s.PublicURL.Scheme == "https" && len(s.TrustedProxies) == 0
}

// Connector says how the shop's passwords are reset.
type Connector struct {
	Kind     string         // none, plugin, webhook, eccube2, eccube4
	Target   string         // secret: a URL or a DSN; empty for none and plugin
	Secrets  []string       // of a webhook, one or two
	Networks []netip.Prefix // private ones in which a webhook's host may be
}

// Help is shown by "exposured serve --help".
func (Serve) Help() string {
	return `Example:
  EXPOSURE_INCIDENT=incident.yaml EXPOSURE_PUBLIC_URL=https://check.example.jp EXPOSURE_KEY_FILE=server.key \
  EXPOSURE_REDIS_URL=redis://127.0.0.1:6379/0 EXPOSURE_SMTP_URL_FILE=/run/secrets/smtp exposured serve

Each flag is also a variable: --public-url is EXPOSURE_PUBLIC_URL. A secret may stand in a file, named by the same
variable with _FILE at its end.`
}

// Defaults of what need not be set.
const (
	defaultDatabase = "sqlite:exposure.db"
	defaultPublic   = ":8080"
	defaultPrivate  = "127.0.0.1:8081"
)

// Check reads the secrets' files and checks everything. Its error holds one line for each
// thing to put right.
func (s Serve) Check() (Settings, error) {
	out, refusals := s.Look()
	if err := errors.Join(refusals...); err != nil {
		return Settings{}, fmt.Errorf("this configuration cannot be served with:\n%w", err)
	}
	return out, nil
}

// Look is Check for whoever only looks: it returns what could be read even where some of
// it is refused. Nobody may serve with that.
func (s Serve) Look() (Settings, []error) {
	c := &checker{}
	out := Settings{
		Incident:       c.required("EXPOSURE_INCIDENT", s.Incident, "give the path of the incident file"),
		KeyFile:        c.required("EXPOSURE_KEY_FILE", s.KeyFile, "give the path of the server key file; exposurectl keygen --out FILE makes one"),
		PublicURL:      c.publicURL(s.PublicURL),
		Database:       c.database(c.secret("EXPOSURE_DATABASE_URL", s.DatabaseURL, s.DatabaseURLFile)),
		Redis:          c.redis(c.secret("EXPOSURE_REDIS_URL", s.RedisURL, s.RedisURLFile)),
		SMTP:           c.smtp(c.secret("EXPOSURE_SMTP_URL", s.SMTPURL, s.SMTPURLFile)),
		MailFrom:       c.mailFrom(s.MailFrom),
		PublicAddr:     c.listen("EXPOSURE_PUBLIC_ADDR", cmp.Or(s.PublicAddr, defaultPublic)),
		PrivateAddr:    c.private("EXPOSURE_PRIVATE_ADDR", cmp.Or(s.PrivateAddr, defaultPrivate)),
		TrustedProxies: c.proxies(s.TrustedProxies),
		Limits:         c.limits(s.Limits),
		Lifted:         s.InsecureNoLimits,
		Connector:      c.connector(c.secret("EXPOSURE_CONNECTOR", s.Connector, s.ConnectorFile)),
		AuditHeads:     s.AuditHeads,
		Alarm:          c.alarm(c.secret("EXPOSURE_ALARM_URL", s.AlarmURL, s.AlarmURLFile)),
	}
	out.AlarmSecret = c.alarmSecret(c.secret("EXPOSURE_ALARM_SECRET", s.AlarmSecret, s.AlarmSecretFile), out.Alarm)
	c.webhook(&out.Connector, c.secret("EXPOSURE_WEBHOOK_SECRET", s.WebhookSecret, s.WebhookSecretFile), s.WebhookNetworks)
	out.DKIMKeyFile, out.DKIMSelector = c.dkim(s.DKIMKeyFile, s.DKIMSelector)
	if s.MyPageAddr != "" {
		out.MyPageAddr = c.private("EXPOSURE_MYPAGE_ADDR", s.MyPageAddr)
		host, _, _ := net.SplitHostPort(s.MyPageAddr) // c.private has refused what has none
		out.MyPageLocal = isLoopback(host)
	}
	out.ConsoleURL = c.consoleURL(s.ConsoleURL, out.PrivateAddr)
	out.ConsoleMargin, out.ConsoleAlways = c.consoleHours(s.ConsoleHours)
	c.apart(out.PublicAddr, out.PrivateAddr, out.MyPageAddr)
	return out, c.refusals
}

// checker collects refusals, so that all of them can be told at once.
type checker struct{ refusals []error }

func (c *checker) refuse(name, format string, args ...any) {
	c.refusals = append(c.refusals, fmt.Errorf("%s %s", name, fmt.Sprintf(format, args...)))
}

func (c *checker) required(name, value, advice string) string {
	if value == "" {
		c.refuse(name, "is not set: %s", advice)
	}
	return value
}

func (c *checker) mailFrom(s string) string {
	if s == "" {
		return ""
	}
	a, err := email.Parse(s)
	if err != nil {
		c.refuse("EXPOSURE_MAIL_FROM", "is no e-mail address: write it like notice@example.jp, without a name")
		return ""
	}
	return a.Reveal()
}

func (c *checker) limits(s string) ratelimit.Table {
	t, err := ratelimit.Default().Override(s)
	if err != nil {
		c.refuse("EXPOSURE_LIMITS", "cannot be read: %v; write it like request-ip=120/1h,send-address=1/1m+3/15m", err)
	}
	return t
}
