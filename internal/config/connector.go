package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"exposure/internal/post"
)

// CheckConnector checks how the shop's passwords are reset, and nothing else.
func (s Serve) CheckConnector() (Connector, error) {
	c := &checker{}
	out := c.connector(c.secret("EXPOSURE_CONNECTOR", s.Connector, s.ConnectorFile))
	if err := errors.Join(c.refusals...); err != nil {
		return Connector{}, fmt.Errorf("the shop cannot be reached with this configuration:\n%w", err)
	}
	return out, nil
}

func (c *checker) connector(s string) Connector {
	const name = "EXPOSURE_CONNECTOR"
	kind, target, found := strings.Cut(cmp.Or(s, "none"), ":")
	switch kind {
	case "none", "plugin":
		if !found {
			return Connector{Kind: kind}
		}
		c.refuse(name, "%s takes nothing after its name: write %s alone", kind, kind)
	case "webhook":
		if c.webhookURL(target) {
			return Connector{Kind: kind, Target: target}
		}
	case "eccube2", "eccube4":
		if target != "" {
			return Connector{Kind: kind, Target: target}
		}
		c.refuse(name, "%s needs the shop's database: write %s:DSN", kind, kind)
	default:
		c.refuse(name, "is of no known kind: write none, plugin, webhook:URL, eccube2:DSN or eccube4:DSN")
	}
	return Connector{}
}

func (c *checker) webhookURL(s string) (ok bool) {
	const name = "EXPOSURE_CONNECTOR"
	u := c.url(name, s)
	if u == nil {
		return false
	}
	if !Encrypted(u) {
		c.refuse(name, "must be webhook: and an https URL (http only on loopback): it orders password resets")
		return false
	}
	if err := post.CheckURL(u); err != nil {
		c.refuse(name, "has a webhook that %v", err)
		return false
	}
	return true
}

const (
	webhookSecret   = "EXPOSURE_WEBHOOK_SECRET"
	webhookNetworks = "EXPOSURE_WEBHOOK_NETWORKS"
)

// webhook adds what only a webhook needs.
func (c *checker) webhook(to *Connector, secrets, networks string) {
	if to.Kind == "webhook" {
		to.Secrets, to.Networks = c.webhookSecrets(secrets), c.webhookNetworks(networks)
		return
	}
	for name, value := range map[string]string{webhookSecret: secrets, webhookNetworks: networks} {
		if value != "" && to.Kind != "" {
			c.refuse(name, "is set, but EXPOSURE_CONNECTOR is no webhook: unset it, or write webhook:URL there")
		}
	}
}

// webhookSecrets wants one at least: what orders password resets must be told from what
// anybody could send.
func (c *checker) webhookSecrets(s string) []string {
	const advice = "make one with: echo whsec_$(openssl rand -base64 32)"
	all := strings.Fields(s)
	switch {
	case len(all) == 0:
		c.refuse(webhookSecret, "is not set: the shop must be able to tell our messages from others; %s", advice)
	case len(all) > 2:
		c.refuse(webhookSecret, "holds more than two secrets: write the new one and, until the shop knows it, the old one")
	}
	for _, one := range all {
		if _, err := post.ParseSecret(one); err != nil {
			c.refuse(webhookSecret, "cannot be used: %v; %s", err, advice)
		}
	}
	return all
}

func (c *checker) webhookNetworks(s string) (all []netip.Prefix) {
	for _, one := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := netip.ParsePrefix(one)
		if err != nil || n != n.Masked() || !n.Addr().IsPrivate() {
			c.refuse(webhookNetworks, "wants private networks like 10.1.2.0/24, with a comma between")
			return nil
		}
		all = append(all, n)
	}
	return all
}
