package main

import (
	"exposure/internal/config"
	"exposure/internal/doctor"
	"exposure/internal/reset/eccube"
	"exposure/internal/vault"
)

// lookAtShop is the way to the shop as the doctor looks at it. What cannot be opened is
// for other looks to say: the key file, or what the configuration's check refuses.
func lookAtShop(settings config.Settings) (shop doctor.Shop, end func()) {
	c := settings.Connector
	shop, end = doctor.Shop{Kind: c.Kind, Networks: c.Networks}, func() {}
	switch c.Kind {
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
