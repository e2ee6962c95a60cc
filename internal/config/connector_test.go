package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	nextSecret = "whsec_bmV3ZXIgc2VjcmV0IG9mIGEgcmVjZWl2ZXI="
)

// TestWebhookSettings: a webhook that could not be verified, or that could be made to go
// elsewhere, is refused with what to do, and no secret is repeated.
func TestWebhookSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(file, []byte(nextSecret+" "+hookSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		secret, networks, connector string
		refused, advice             string // empty: accepted
	}{
		"one secret":           {hookSecret, "", "", "", ""},
		"two in a file":        {"", "", "", "", ""},
		"a private network":    {hookSecret, "10.1.2.0/24, fd00:1::/64", "", "", ""},
		"no secret":            {"", "", "", "EXPOSURE_WEBHOOK_SECRET", "openssl rand"},
		"three secrets":        {strings.Repeat(hookSecret+" ", 3), "", "", "EXPOSURE_WEBHOOK_SECRET", "the old one"},
		"a short secret":       {"whsec_CANARY", "", "", "EXPOSURE_WEBHOOK_SECRET", "openssl rand"},
		"loopback":             {hookSecret, "127.0.0.0/8", "", "EXPOSURE_WEBHOOK_NETWORKS", "10.1.2.0/24"},
		"metadata":             {hookSecret, "169.254.0.0/16", "", "EXPOSURE_WEBHOOK_NETWORKS", "10.1.2.0/24"},
		"everything":           {hookSecret, "0.0.0.0/0", "", "EXPOSURE_WEBHOOK_NETWORKS", "10.1.2.0/24"},
		"to metadata":          {hookSecret, "", "webhook:https://169.254.169.254/CANARY", "EXPOSURE_CONNECTOR", "link-local"},
		"a secret for nothing": {hookSecret, "", "plugin", "EXPOSURE_WEBHOOK_SECRET", "unset it"},
	} {
		s := good()
		s.Connector, s.WebhookSecret, s.WebhookNetworks = "webhook:https://shop.example.jp/hook/CANARY", c.secret, c.networks
		if c.connector != "" {
			s.Connector = c.connector
		}
		if name == "two in a file" {
			s.WebhookSecretFile = file
		}
		got, err := s.Check()
		if c.refused == "" {
			if err != nil || got.Connector.Kind != "webhook" || len(got.Connector.Secrets) == 0 || (c.networks != "") != (len(got.Connector.Networks) == 2) {
				t.Errorf("%s: %v, %s", name, err, got.Connector)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), c.advice) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
