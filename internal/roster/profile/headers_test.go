package profile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// header reads the first line of a real export.
func header(t *testing.T, name string) []string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", name)
	src, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shop data is missing: %s", name)
		}
		t.Skipf("the shop data is not here: %s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	h, err := shopcsv.NewReader(bytes.NewReader(src), shopcsv.Options{}).Header()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// all are the columns that usual exports hide, by field.
func all() []string {
	return []string{"gender", "birth_date", "status", "deleted", "device", "cancelled_at"}
}

func builtin(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, err := profile.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAdvancedExportsOfECCUBE2(t *testing.T) {
	p := builtin(t, "eccube2")
	for name, r := range map[string]profile.Role{
		"all_members": profile.Members, "all_orders": profile.Orders, "order_items": profile.Items,
		"deliveries": profile.Deliveries, "card_settlements": profile.Settlements,
	} {
		c, err := p.Match(r, name+".csv", header(t, "eccube2-a/"+name+".csv"), profile.MatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Holds(); !slices.Equal(got, []profile.Role{r}) {
			t.Errorf("%s holds %v, want %v", name, got, r)
		}
	}
}
