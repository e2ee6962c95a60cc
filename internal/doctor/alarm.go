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
	u, err := url.Parse(i.Alarm)
	if err != nil || post.CheckURL(u) != nil {
		p.trouble("correct EXPOSURE_ALARM_URL", "alarms cannot be posted to what EXPOSURE_ALARM_URL says")
		return
	}
	found, err := i.addresses(ctx, u.Hostname())
	if err != nil {
		p.warn("correct EXPOSURE_ALARM_URL, or the name server", "the host of EXPOSURE_ALARM_URL cannot be resolved")
		return
	}
	for _, a := range found {
		if !post.Allowed(u.Hostname(), a) {
			p.trouble("name that address itself in EXPOSURE_ALARM_URL if it is meant", "the host of EXPOSURE_ALARM_URL stands for a loopback, private or reserved address, to which no alarm is posted")
			return
		}
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
	for _, a := range found {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port))
		if err == nil {
			_ = conn.Close()
			p.ok("something listens where alarms are posted to")
			return
		}
	}
	p.warn("let this machine out to it", "nothing listens where alarms are posted to, or this machine cannot reach it")
}

func (i Installation) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return i.Resolver.LookupNetIP(ctx, "ip", host)
}
