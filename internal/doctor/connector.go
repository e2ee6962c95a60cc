package doctor

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"exposure/internal/reset"
)

// Shop says how the shop's passwords are reset.
type Shop struct {
	Kind     string          // none, plugin, webhook, eccube2, eccube4; empty: not looked at
	Direct   reset.Connector // of eccube2 and eccube4
	Webhook  string          // URL; a secret
	Networks []netip.Prefix  // private ones in which its host may be
	Kits     []reset.Kit     // of plugin: their last reports
	Ordered  bool            // of plugin: somebody is to be barred
	Unread   bool            // of plugin: neither could be read
}

// connector looks at the way to the shop, and changes nothing there.
func (i Installation) connector(ctx context.Context, p *patient) {
	switch {
	case i.Shop.Direct != nil:
		i.direct(ctx, p)
	case i.Shop.Kind == "webhook":
		i.posted(ctx, p, receiver{"EXPOSURE_CONNECTOR", "where the shop's webhook is", i.Shop.Webhook, i.Shop.Networks})
	case i.Shop.Kind == "eccube2" || i.Shop.Kind == "eccube4":
		p.warn("correct EXPOSURE_CONNECTOR and EXPOSURE_KEY_FILE, and look again", "the shop's database could not be looked at: its address or the key file cannot be read")
	case i.Shop.Kind == "plugin":
		i.kit(p, time.Now())
	case i.Shop.Kind == "none":
		p.note("set EXPOSURE_CONNECTOR before you order any", "no password reset gets through to the shop: there is no connector")
	}
}

func (i Installation) direct(ctx context.Context, p *patient) {
	blocked := false
	for _, f := range i.Shop.Direct.Check(ctx) {
		if blocked = blocked || f.Blocks; f.Blocks {
			p.trouble("put it right: until then no password is reset in the shop", "%s", f.Text)
		} else {
			p.note("nothing, if that is as it should be", "%s", f.Text)
		}
	}
	if !blocked {
		p.ok("the shop's database can be used")
	}
}

// kit looks at the last report of the kit in the shop.
func (i Installation) kit(p *patient, now time.Time) {
	if i.Shop.Unread {
		p.warn("see what is said about the database and the key file, and look again", "whether the kit in the shop works could not be read")
		return
	}
	kit, standing := reset.Standing(i.Shop.Kits, now)
	err := reset.KitWorking(i.Shop.Kits, now)
	switch {
	case standing == reset.KitWorks:
		p.ok("the kit in the shop (%s, version %s) works", kit.Client, kit.Version)
	case i.Shop.Ordered:
		p.trouble("put it right: until then who was ordered may log in with the old password", "%v", err)
	case standing == reset.KitSilent:
		p.warn("put it right before you order any", "%v", err)
	default:
		p.note("see to it before you order any", "%v", err)
	}
	if standing != reset.KitSilent && len(kit.Findings) > 0 {
		p.warn("see in the shop what the kit's self-test says", "the kit in the shop found: %s", strings.Join(kit.Findings, ", "))
	}
}
