package config

import (
	"errors"
	"fmt"
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
