package profile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"exposure/internal/live"
	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

var shopData = filepath.Join("..", "..", "..", "..", "shared", "data")

// header reads the first line of a real export.
func header(t testing.TB, name string) []string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(shopData, name))
	if errors.Is(err, os.ErrNotExist) {
		absent(t, name)
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

func absent(t testing.TB, name string) {
	t.Helper()
	live.Missing(t, "the data of a real shop is not here: "+name)
}

func builtin(t testing.TB, name string) *profile.Profile {
	t.Helper()
	p, err := profile.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// known is what every header line must be recognised as, and what has to be accepted before
// such a file is read. A file that cannot be read whatever is accepted has the column that
// stops it under missing.
var known = []struct {
	file    string
	shop    string
	version string
	role    profile.Role
	hidden  []string
	missing string
}{
	{"eccube2_4_customer_header", "eccube2", "2.4", profile.Members, []string{"会員状態", "削除フラグ"}, ""},
	{"eccube2_4_order_header", "eccube2", "2.4", profile.Orders, []string{"削除フラグ", "端末種別ID"}, ""},
	{"eccube2_11_customer_header", "eccube2", "2.11", profile.Members, []string{"会員状態", "削除フラグ"}, ""},
	{"eccube2_11_order_header", "eccube2", "2.11", profile.Orders, []string{"削除フラグ"}, ""},
	{"eccube2_12_customer_header", "eccube2", "2.12", profile.Members, []string{"会員状態", "削除フラグ"}, ""},
	{"eccube2_12_order_header", "eccube2", "2.12", profile.Orders, []string{"削除フラグ"}, ""},
	{"eccube2_customer_header", "eccube2", "2.13+", profile.Members, []string{"会員状態", "削除フラグ"}, ""},
	{"eccube2_order_header", "eccube2", "2.13+", profile.Orders, []string{"削除フラグ"}, ""},
	{"eccube2_25_customer_sample_cp932", "eccube2", "2.13+", profile.Members, []string{"会員状態", "削除フラグ"}, ""},
	{"eccube2_25_order_sample_cp932", "eccube2", "2.13+", profile.Orders, []string{"削除フラグ"}, ""},
	{"eccube3_customer_header", "eccube3", "3.0", profile.Members, []string{"削除フラグ"}, ""},
	{"eccube3_order_header", "eccube3", "3.0", profile.Orders, []string{"端末種別ID", "削除フラグ"}, ""},
	{"eccube3_shipping_header", "eccube3", "3.0", profile.Deliveries, nil, ""},
	{"eccube4_0_customer_header", "eccube4", "4.0-4.3", profile.Members, nil, ""},
	{"eccube4_0_order_header", "eccube4", "4.0", profile.Orders, []string{"端末種別ID"}, ""},
	{"eccube4_0_shipping_header", "eccube4", "4.0", profile.Orders, []string{"端末種別ID"}, ""}, // the same columns as the orders
	{"eccube4_customer_header", "eccube4", "4.0-4.3", profile.Members, nil, ""},
	{"eccube4_order_header", "eccube4", "4.1-4.3", profile.Orders, []string{"端末種別ID"}, ""},
	{"eccube4_shipping_header", "eccube4", "4.1-4.3", profile.Orders, []string{"端末種別ID"}, ""},
	{"shopify_orders_header", "shopify", "2024", profile.Orders, []string{"deleted"}, ""},
	{"shopify_customers_header", "shopify", "2024", profile.Members, []string{"Gender", "Birth Date", "State", "deleted"}, "Created At"},
	{"colorme_sales_all_header", "colorme", "2013", profile.Orders, []string{"status", "deleted"}, ""},
	{"magento2_customer_grid_header", "magento2", "2 grid", profile.Members, []string{"deleted"}, ""},
	{"magento2_order_grid_header", "magento2", "2 grid", profile.Orders, []string{"Device", "deleted"}, ""},
	{"magento2_customer_main_header", "magento2", "2 main file", profile.Members, []string{"status", "deleted"}, "_entity_id"},
}

func TestEveryHeaderIsRecognised(t *testing.T) {
	for _, k := range known {
		t.Run(k.file, func(t *testing.T) {
			h := header(t, "headers/"+k.file+".csv")
			found := profile.Recognise(h)
			if len(found) == 0 {
				t.Fatal("not recognised")
			}
			c := found[0]
			if c.Profile != k.shop || c.Version != k.version || c.Role != k.role {
				t.Errorf("recognised as %s %s of %s %s, want %s of %s %s", c.Role, c.Version, c.Profile, c.Version, k.role, k.shop, k.version)
			}
			if !slices.Equal(c.Hidden, k.hidden) {
				t.Errorf("hides %q, want %q", c.Hidden, k.hidden)
			}
			if c.Complete() != (k.missing == "") || k.missing != "" && !slices.Equal(c.Missing, []string{k.missing}) {
				t.Errorf("misses %q, want %q", c.Missing, k.missing)
			}
			if k.role == profile.Orders && strings.Contains(k.file, "eccube4") && (found[1].Role != profile.Deliveries || found[1].Profile != "eccube4") {
				t.Errorf("the second guess is %s of %s", found[1].Role, found[1].Profile)
			}
		})
	}
}

// TestHiddenFactsAreRefusedUntilAccepted passes each file as what it is.
func TestHiddenFactsAreRefusedUntilAccepted(t *testing.T) {
	for _, k := range known {
		t.Run(k.file, func(t *testing.T) {
			h := header(t, "headers/"+k.file+".csv")
			p := builtin(t, k.shop)
			_, err := p.Match(k.role, k.file, h, profile.MatchOptions{})
			if len(k.hidden) > 0 {
				refused(t, err, k.shop, k.hidden...)
			}
			c, err := p.Match(k.role, k.file, h, profile.MatchOptions{AcceptMissing: k.hidden})
			if k.missing != "" {
				refused(t, err, k.shop, k.missing)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Version() != k.version || !slices.Equal(c.Accepted(), k.hidden) || c.Len() != len(h) {
				t.Errorf("version %s, accepted %q, %d columns", c.Version(), c.Accepted(), c.Len())
			}
			for i := 1; i < len(k.hidden); i++ {
				_, err := p.Match(k.role, k.file, h, profile.MatchOptions{AcceptMissing: k.hidden[:i]})
				refused(t, err, k.shop, k.hidden[i:]...)
			}
		})
	}
}

// refused checks that an error names the columns and ends with the way out.
func refused(t *testing.T, err error, shop string, columns ...string) {
	t.Helper()
	var e *profile.HeaderError
	if !errors.As(err, &e) || !errors.Is(err, profile.ErrHeader) {
		t.Fatalf("got %v, want a refusal of the header", err)
	}
	for _, c := range columns {
		if !strings.Contains(err.Error(), c) {
			t.Errorf("the refusal does not name %q: %v", c, err)
		}
	}
	if !strings.HasSuffix(err.Error(), "exposurectl export-guide "+shop+" explains how to export it") {
		t.Errorf("the refusal does not end with the guide: %v", err)
	}
}

func TestAdvancedExportsNeedNoWaiver(t *testing.T) {
	for name, want := range map[string]struct {
		role    profile.Role
		version string
	}{
		"all_members": {profile.Members, "2"}, "all_orders": {profile.Orders, "2.11+"}, "order_items": {profile.Items, "2.11+"},
		"deliveries": {profile.Deliveries, "2.11+"}, "card_settlements": {profile.Settlements, ""},
	} {
		h := header(t, "eccube2-a/"+name+".csv")
		c, err := builtin(t, "eccube2").Match(want.role, name, h, profile.MatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Holds(); !slices.Equal(got, []profile.Role{want.role}) || c.Version() != want.version || c.Grain() != profile.Record {
			t.Errorf("%s holds %v by %s, version %q", name, got, c.Grain(), c.Version())
		}
		// As its own system's or, the payment company's file, as everybody's.
		if f := profile.Recognise(h); f[0].Role != want.role || want.role != profile.Settlements && f[0].Profile != "eccube2" {
			t.Errorf("%s is recognised as %s of %s", name, f[0].Role, f[0].Profile)
		}
	}
}

func TestMainFileOfMagentoHoldsSecrets(t *testing.T) {
	h := header(t, "headers/magento2_customer_main_header.csv")
	var names []string
	for _, i := range profile.RefuseSecrets(h, builtin(t, "magento2").Ignore) {
		names = append(names, h[i])
	}
	if want := []string{"password_hash", "rp_token", "password"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	for _, k := range known[:len(known)-1] {
		if found := profile.RefuseSecrets(header(t, "headers/"+k.file+".csv"), nil); len(found) > 0 {
			t.Errorf("%s: columns %v are taken for secrets", k.file, found)
		}
	}
}
