package main

import (
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
)

// shop is how the passwords of this shop are reset.
type shop struct {
	kind   string
	direct reset.Connector // nil: this program does not reach the shop by itself
	close  func()
}

// openShop opens the connector of the flags. The caller closes it.
func (d *office) openShop(f shopFlags) (*shop, error) {
	c, err := f.check()
	if err != nil {
		return nil, usagef("%v", err)
	}
	s := &shop{kind: c.Kind, close: func() {}}
	switch c.Kind {
	case "eccube2", "eccube4":
		direct, err := eccube.New(eccube.Config{DSN: c.Kind + ":" + c.Target, Fingerprint: d.keys.PasswordFingerprint})
		if err != nil {
			return nil, err
		}
		s.direct, s.close = direct, func() { _ = direct.Close() }
	}
	return s, nil
}

// atShop works with the version whose members are reset and the way to their shop, and
// closes both.
func (p *program) atShop(f shopFlags, work func(*office, *shop) error) error {
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	if err := d.published(); err != nil {
		return err
	}
	shop, err := d.openShop(f)
	if err != nil {
		return err
	}
	defer shop.Close()
	return work(d, shop)
}

// Close ends the connections to the shop.
func (s *shop) Close() { s.close() }
