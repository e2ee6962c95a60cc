package profile_test

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/roster/profile"
)

func TestValuesAreShownAsTheShopSystemCallsThem(t *testing.T) {
	p, err := profile.Builtin("eccube2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		role        profile.Role
		field       profile.Field
		value, want string
	}{
		{profile.Orders, profile.Device, "２", "スマートフォン"}, {profile.Orders, profile.Status, "2", "入金待ち"},
		{profile.Members, profile.Status, "2", "本会員"}, {profile.Orders, profile.Device, "5", ""}, {profile.Orders, profile.PaymentMethod, "2", ""},
	} {
		if got := p.ShownAs(c.role, c.field, c.value); got != c.want {
			t.Errorf("%s %s %s: got %q, want %q", c.role, c.field, c.value, got, c.want)
		}
	}
	src := strings.Replace(string(profile.Template()), "shown_as:\n  device:", "shown_as:\n  devices:", 1)
	if _, err := profile.Parse("t.yaml", []byte(src)); !errors.Is(err, profile.ErrMapping) || !strings.Contains(err.Error(), "devices") {
		t.Errorf("a field that has no such names: %v", err)
	}
}
