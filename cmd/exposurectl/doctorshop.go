package main

import (
	"context"
	"time"

	"exposure/internal/config"
	"exposure/internal/doctor"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// lookAtShop is the way to the shop as the doctor looks at it. What cannot be opened is
// for other looks to say: the key file, or what the configuration's check refuses.
func lookAtShop(ctx context.Context, settings config.Settings) (shop doctor.Shop, end func()) {
	c := settings.Connector
	shop, end = doctor.Shop{Kind: c.Kind, Networks: c.Networks}, func() {}
	switch c.Kind {
	case "plugin":
		lookAtKits(ctx, settings, &shop)
	case "webhook":
		shop.Webhook = c.Target
	case "eccube2", "eccube4":
		keys, err := vault.LoadServer(settings.KeyFile)
		if err != nil {
			return shop, end
		}
		direct, err := eccube.New(eccube.Config{DSN: c.Kind + ":" + c.Target, Fingerprint: keys.PasswordFingerprint})
		if err != nil {
			return shop, end
		}
		shop.Direct, end = direct, func() { _ = direct.Close() }
	}
	return shop, end
}

// lookAtKits reads what kits in the shop last reported, and whether anybody is ordered.
func lookAtKits(ctx context.Context, settings config.Settings, shop *doctor.Shop) {
	shop.Unread = true
	keys, err := vault.LoadServer(settings.KeyFile)
	if err != nil {
		return
	}
	db, err := sqlstore.Open(ctx, settings.Database)
	if err != nil {
		return
	}
	defer db.Close()
	counts, err := db.Resets(keys).Count(ctx, time.Now())
	if err != nil {
		return
	}
	shop.Ordered = reset.AnyBarred(counts)
	shop.Kits, err = db.Clients(keys).Kits(ctx)
	shop.Unread = err != nil
}
