package main

import (
	"fmt"

	"exposure/internal/reset"
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
		return nil, fmt.Errorf("this program does not reach the database of %s yet", c.Kind)
	}
	return s, nil
}

// Close ends the connections to the shop.
func (s *shop) Close() { s.close() }
