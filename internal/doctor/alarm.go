package doctor

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"net/url"

	"exposure/internal/post"
)

// alarms looks at where alarms are posted, without posting one. Nothing of the URL is
// repeated: it is a secret.
func (i Installation) alarms(ctx context.Context, p *patient) {
	if i.Alarm == "" {
		p.note("set EXPOSURE_ALARM_URL, or alarm on the metric exposure_alarm_on", "alarms go to the log and the metrics only")
		return
	}
	i.posted(ctx, p, receiver{"EXPOSURE_ALARM_URL", "where alarms are posted to", i.Alarm, nil})
}

// receiver is an address to which messages are posted.
type receiver struct {
	variable, what string
	url            string // a secret
	networks       []netip.Prefix
}

// posted looks whether somebody listens there, without posting anything.
func (i Installation) posted(ctx context.Context, p *patient, r receiver) {
	u, err := url.Parse(r.url)
	if err != nil || post.CheckURL(u) != nil {
		p.trouble("correct "+r.variable, "what %s says cannot be posted to", r.variable)
		return
	}
	found, err := i.addresses(ctx, u.Hostname())
	if err != nil {
		p.warn("correct "+r.variable+", or the name server", "the host of %s cannot be resolved", r.variable)
		return
	}
	for _, a := range found {
		if !post.Allowed(u.Hostname(), a, r.networks...) {
			p.trouble("name that address itself in "+r.variable+" if it is meant", "the host of %s stands for a loopback, private or reserved address, to which nothing is posted", r.variable)
			return
		}
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
	for _, a := range found {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port))
		if err == nil {
			_ = conn.Close()
			p.ok("something listens %s", r.what)
			return
		}
	}
	p.warn("let this machine out to it", "nothing listens %s, or this machine cannot reach it", r.what)
}

func (i Installation) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return i.Resolver.LookupNetIP(ctx, "ip", host)
}
