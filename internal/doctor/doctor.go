package doctor

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/mailauth"
	"exposure/internal/vault"
)

// patience bounds each look.
const patience = 10 * time.Second

// Installation is what to look at. Empty fields are not looked at: what must be there is
// for the configuration's own check to say.
type Installation struct {
	Refusals []error // what the configuration's check refused

	Incident        string // path
	KeyFile         string // path
	OperatorKeyFile string // path
	Database        string // URL
	Redis           string // URL; a secret
	SMTP            string // URL; a secret
	MailFrom        string // instead of the incident's
	DKIM            *mailauth.Key
	Heads           string // path of the file of kept heads
	Alarm           string // URL; a secret
	Shop            Shop
	PublicURL       *url.URL
	PrivateAddr     string
	NoDesk          bool // the call centre's desk is not served
	ProxyUnnamed    bool // customers come through a proxy, and none is trusted

	Resolver *net.Resolver    // default the system's
	Client   *http.Client     // default one that follows no redirect
	Now      func() time.Time // default time.Now
}

// Examine looks at everything, one thing after the other.
func Examine(ctx context.Context, i Installation) Report {
	if i.Now == nil {
		i.Now = time.Now
	}
	if i.Resolver == nil {
		i.Resolver = net.DefaultResolver
	}
	if i.Client == nil {
		i.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	var all []Finding
	look := func(area string, at func(context.Context, *patient)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		p := &patient{area: area}
		at(ctx, p)
		all = append(all, p.findings...)
	}
	var in *breach.Incident
	var keys *vault.Server
	look("configuration", i.configuration)
	look("incident", func(_ context.Context, p *patient) { in = i.incident(p) })
	look("keys", func(_ context.Context, p *patient) { keys = i.keys(p) })
	look("disk", i.disk)
	look("database", func(_ context.Context, p *patient) {
		i.database(ctx, p, keys, in) // a full check of a long list takes longer
	})
	var kept []audit.Head
	look("audit", func(_ context.Context, p *patient) { // as long as the log is
		i.log(ctx, p, keys)
		kept = i.heads(ctx, p, keys)
	})
	look("clock", func(ctx context.Context, p *patient) { i.clock(ctx, p, keys, kept) })
	look("alarm", i.alarms)
	look("connector", i.connector)
	look("redis", i.redis)
	if in != nil {
		look("mail", func(ctx context.Context, p *patient) { i.mail(ctx, p, in) })
		look("dns", func(ctx context.Context, p *patient) { i.dns(ctx, p, in) })
		look("public", func(ctx context.Context, p *patient) { i.public(ctx, p, in) })
	}
	look("server", i.server)
	return NewReport(all)
}

func (i Installation) configuration(_ context.Context, p *patient) {
	for _, err := range i.Refusals {
		p.trouble("correct it: exposured serve does not start with it", "%v", err)
	}
	if i.NoDesk && len(i.Refusals) == 0 {
		p.note("set EXPOSURE_CONSOLE_URL to the https address under which agents reach the private listener, if there is a call centre",
			"there is no desk for a call centre: the private listener is not on loopback, and EXPOSURE_CONSOLE_URL is not set")
	}
	if i.ProxyUnnamed && len(i.Refusals) == 0 {
		p.warn("set EXPOSURE_TRUSTED_PROXIES to the addresses from which the proxy connects, and have it add X-Forwarded-For; leave it only if the proxy keeps the customers' addresses by itself",
			"no proxy is trusted, though https ends in one: all customers count as one network, so that one attacker, or the first few dozen people, shut the page for everybody")
	}
	if len(i.Refusals) == 0 {
		p.ok("exposured serve accepts the configuration")
	}
}

func (i Installation) incident(p *patient) *breach.Incident {
	if i.Incident == "" {
		return nil
	}
	in, err := incident.Load(i.Incident)
	if err != nil {
		p.trouble("correct the file; exposurectl incident check reads it aloud", "the incident file does not load: %v", err)
		return nil
	}
	p.ok("the incident file of %s loads", in.ID)
	if i.MailFrom != "" {
		in.Mail.From = i.MailFrom
		if !in.Mail.Allowed() {
			p.trouble("correct EXPOSURE_MAIL_FROM or mail.allow_domain", "the sender is not of the domain %s, which people are told to allow", in.Mail.AllowDomain)
		}
	}
	switch now := i.Now(); {
	case in.ClosedAt(now):
		p.trouble("move closes_at if the look-up is to stay open (import and publish again), or stop the server",
			"the look-up closed for good at %s (closes_at)", in.ClosesAt.In(in.Zone).Format("2006-01-02 15:04 MST"))
	case now.Before(in.PublishedAt):
		p.note("open the look-up with the notice, not before", "the notice is published at %s", in.PublishedAt.In(in.Zone).Format("2006-01-02 15:04 MST"))
	}
	return in
}
