package shopgen_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster/shopcsv"
	"exposure/internal/roster/shopgen"
)

// systems are all shop systems in all their versions.
func systems() (out []shopgen.Options) {
	for _, p := range shopgen.Profiles() {
		for _, v := range shopgen.Versions(p) {
			out = append(out, shopgen.Options{Profile: p, Version: v, Quirks: true, Seed: 5})
		}
	}
	return out
}

func written(t *testing.T, s *shopgen.Shop) map[string][]byte {
	t.Helper()
	paths, err := s.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for role, path := range paths {
		if out[role], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// ids reads a file back and returns the first column, which numbers the records.
func ids(t *testing.T, src []byte) (out []string) {
	t.Helper()
	r := shopcsv.NewReader(bytes.NewReader(src), shopcsv.Options{})
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row.Fields[0])
	}
}

// The options say how many rows there are, to the row.
func TestAShopIsAsLargeAsAsked(t *testing.T) {
	for _, o := range systems() {
		for _, size := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {3, 2}, {17, 40}, {200, 0}, {50, 700}} {
			o.Members, o.Orders = size[0], size[1]
			files := written(t, shopgen.New(o))
			wantOrders := size[1]
			if wantOrders == 0 {
				wantOrders = 3 * size[0]
			}
			members, orders := ids(t, files["members"]), ids(t, files["orders"])
			slices.Sort(orders)
			if got := len(slices.Compact(orders)); len(members) != size[0] || got != wantOrders {
				t.Errorf("%s %s: %d members and %d orders, want %d and %d", o.Profile, o.Version, len(members), got, size[0], wantOrders)
			}
		}
	}
}

// The headers hold every column of those of real shops, and whatever else an operator
// has to ask for.
func TestHeadersAreThoseOfRealShops(t *testing.T) {
	const headers = "../../../../shared/data/headers/"
	if _, err := os.Stat(headers); err != nil {
		live.Missing(t, "the header lines of real shops are not at "+headers)
	}
	for file, c := range map[string]struct {
		o     shopgen.Options
		role  string
		extra int
	}{
		"eccube2_4_customer_header.csv":     {shopgen.Options{Profile: "eccube2", Version: "2.4"}, "members", 3},
		"eccube2_4_order_header.csv":        {shopgen.Options{Profile: "eccube2", Version: "2.4"}, "orders", 2},
		"eccube2_11_customer_header.csv":    {shopgen.Options{Profile: "eccube2", Version: "2.11"}, "members", 3},
		"eccube2_11_order_header.csv":       {shopgen.Options{Profile: "eccube2", Version: "2.11"}, "orders", 3},
		"eccube2_12_customer_header.csv":    {shopgen.Options{Profile: "eccube2", Version: "2.12"}, "members", 3},
		"eccube2_12_order_header.csv":       {shopgen.Options{Profile: "eccube2", Version: "2.12"}, "orders", 3},
		"eccube3_customer_header.csv":       {shopgen.Options{Profile: "eccube3"}, "members", 0},
		"eccube3_order_header.csv":          {shopgen.Options{Profile: "eccube3"}, "orders", 0},
		"eccube3_shipping_header.csv":       {shopgen.Options{Profile: "eccube3"}, "deliveries", 0},
		"eccube4_0_order_header.csv":        {shopgen.Options{Profile: "eccube4", Version: "4.0"}, "orders", 0},
		"eccube4_customer_header.csv":       {shopgen.Options{Profile: "eccube4"}, "members", 0},
		"eccube4_order_header.csv":          {shopgen.Options{Profile: "eccube4"}, "orders", 0},
		"shopify_customers_header.csv":      {shopgen.Options{Profile: "shopify"}, "members", 2},
		"shopify_orders_header.csv":         {shopgen.Options{Profile: "shopify"}, "orders", 0},
		"../eccube2-a/all_members.csv":      {shopgen.Options{Profile: "eccube2"}, "members", 0},
		"../eccube2-a/all_orders.csv":       {shopgen.Options{Profile: "eccube2"}, "orders", 0},
		"../eccube2-a/order_items.csv":      {shopgen.Options{Profile: "eccube2"}, "items", 0},
		"../eccube2-a/deliveries.csv":       {shopgen.Options{Profile: "eccube2"}, "deliveries", 0},
		"../eccube2-a/card_settlements.csv": {shopgen.Options{Profile: "eccube2"}, "settlements", 0},
	} {
		src, err := os.ReadFile(headers + file)
		if err != nil {
			t.Error(err)
			continue
		}
		c.o.Members = 1
		want, got := header(t, src), header(t, written(t, shopgen.New(c.o))[c.role])
		if len(got) != len(want)+c.extra || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: columns\n%s, want\n%s and %d more", file, got, want, c.extra)
		}
	}
}

// header reads the names of the columns. Real advanced exports print ASCII letters in
// lower case, standard ones do not.
func header(t *testing.T, src []byte) (columns []string) {
	t.Helper()
	names, err := shopcsv.NewReader(bytes.NewReader(src), shopcsv.Options{}).Header()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range names {
		columns = append(columns, strings.ToLower(c))
	}
	return columns
}

// Addresses are folded already, and nobody's: they lie in domains for examples.
func TestAddressesAreNobodys(t *testing.T) {
	for _, o := range systems() {
		o.Members = 300
		for p := range shopgen.New(o).Truth() {
			for _, e := range p.Emails {
				a, err := email.Parse(e)
				if err != nil || a.Reveal() != e {
					t.Fatalf("%s is no folded address: %v", e, err)
				}
				if d := a.Domain(); !strings.Contains("."+d, ".example") {
					t.Fatalf("%s may be somebody's", e)
				}
			}
		}
	}
}

func TestTheSameOptionsGiveTheSameShop(t *testing.T) {
	for _, o := range systems() {
		o.Members, o.ShuffleRows, o.ShuffleColumns = 100, true, true
		one, two := written(t, shopgen.New(o)), written(t, shopgen.New(o))
		o.Seed++
		other := written(t, shopgen.New(o))
		for role := range one {
			if !bytes.Equal(one[role], two[role]) {
				t.Errorf("%s %s: %s differ", o.Profile, o.Version, role)
			}
			if role != "mapping" && bytes.Equal(one[role], other[role]) {
				t.Errorf("%s %s: another seed gives the same %s", o.Profile, o.Version, role)
			}
		}
	}
}

// A shop with quirks has all of them: people on every list, waiting for every reason,
// and bytes that break the quoting where the shop system breaks it.
func TestQuirksOccur(t *testing.T) {
	for _, o := range systems() {
		o.Members = 150
		s := shopgen.New(o)
		seen := map[string]int{}
		for p := range s.Truth() {
			seen[p.Kind]++
			seen[p.Review]++
			for _, c := range p.Cohorts {
				seen["in "+c]++
			}
		}
		want := []string{"member", "guest", "recipient", "in card", "in member", "in purchaser", "in recipient", "unclear_record", "buyer_at_other_address"}
		if o.Profile != "shopify" {
			want = append(want, "abandoned_card_attempt", "near_buyer")
		}
		for _, w := range want {
			if seen[w] == 0 {
				t.Errorf("%s %s: nobody is %s", o.Profile, o.Version, w)
			}
		}
		broken := bytes.Count(written(t, s)["orders"], []byte("\\\""))
		if breaks := o.Profile == "eccube4" || o.Profile == "eccube3" || o.Version == "2.13+"; breaks && broken == 0 {
			t.Errorf("%s %s: no quote after a byte 0x5C", o.Profile, o.Version)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]shopgen.Options{
		"shop system": {Profile: "nosuch"}, "version": {Profile: "eccube2", Version: "9"}, "encoding": {Profile: "eccube2", Encoding: "utf-16"},
		"fewer": {Profile: "eccube2", Members: -1},
	} {
		if _, err := shopgen.New(o).Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		for range shopgen.New(o).Truth() {
			t.Errorf("%s: there is somebody", name)
		}
	}
}

func TestIncidentsLoad(t *testing.T) {
	for _, o := range systems() {
		o.Members = 30
		s := shopgen.New(o)
		in, _, err := incident.Parse("incident.yaml", s.Incident())
		if err != nil {
			t.Fatalf("%s %s: %v", o.Profile, o.Version, err)
		}
		if f := s.Figures(); in.Announced != f.People || in.Cohort("card").Announced.Cards != f.Cards || f.People == 0 {
			t.Errorf("%s %s announces %d people, want %+v", o.Profile, o.Version, in.Announced, f)
		}
	}
}
