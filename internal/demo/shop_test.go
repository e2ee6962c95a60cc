package demo_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/roster/shopcsv"
)

const seeds = 20

// figures are what the notice says, and what follows from it.
type figures struct {
	People, Members, Purchasers, Card, Cards, Recipients        int
	MemberPurchasers, GuestPurchasers, MemberOnly, SeveralCards int
	Addresses                                                   int // of customers, all different but for one shared
}

func count(people []demo.ShopPerson) figures {
	f := figures{People: len(people)}
	addresses := map[string]bool{}
	for _, p := range people {
		in := func(cohort string) bool { return slices.Contains(p.Cohorts, cohort) }
		add := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		add(&f.Members, in("member"))
		add(&f.Purchasers, in("purchaser"))
		add(&f.Card, in("card"))
		add(&f.Recipients, in("recipient"))
		add(&f.MemberPurchasers, in("member") && in("purchaser"))
		add(&f.GuestPurchasers, p.Kind == "guest" && in("purchaser"))
		add(&f.MemberOnly, in("member") && !in("purchaser"))
		add(&f.SeveralCards, p.Cards > 1)
		f.Cards += p.Cards
		for _, a := range p.Emails {
			addresses[a] = true
		}
	}
	f.Addresses = len(addresses)
	return f
}

func TestShopHasTheFiguresOfTheNotice(t *testing.T) {
	want := figures{
		People: 1244, Members: 265, Purchasers: 1007, Card: 30, Cards: 38, Recipients: 187,
		MemberPurchasers: 215, GuestPurchasers: 792, MemberOnly: 50, SeveralCards: 6, Addresses: 1057 + 12 - 1,
	}
	for seed := range uint64(seeds) {
		s := demo.NewShop(seed)
		if d := cmp.Diff(want, count(s.People())); d != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, d)
		}
		for _, p := range s.Strangers() {
			if len(p.Cohorts) > 0 {
				t.Errorf("seed %d: a stranger is on a list", seed)
			}
		}
	}
}

func TestAddressesAreWellFormedAndMadeUp(t *testing.T) {
	for seed := range uint64(seeds) {
		s := demo.NewShop(seed)
		for _, p := range slices.Concat(s.People(), s.Strangers()) {
			if (p.Kind == "recipient") != (len(p.Emails) == 0) {
				t.Errorf("a %s with %d addresses", p.Kind, len(p.Emails))
			}
			for _, e := range p.Emails {
				a, err := email.Parse(e)
				if err != nil || a.Reveal() != e {
					t.Fatalf("%s is no folded address: %v", e, err)
				}
				if !strings.HasPrefix(a.Domain(), "example.") && a.Domain() != "mail.example.com" && !strings.HasPrefix(e, "demo") {
					t.Fatalf("%s may be somebody's", e)
				}
			}
		}
	}
}

func TestSameSeedSameFiles(t *testing.T) {
	var before map[string]string
	for range 2 {
		now := map[string]string{}
		for name, path := range written(t, demo.NewShop(7)) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			now[name] = string(b)
		}
		if before != nil && !maps.Equal(before, now) {
			t.Error("the same seed wrote other files")
		}
		before = now
	}
	if files := written(t, demo.NewShop(8)); before["orders"] == read(t, files["orders"]) {
		t.Error("another seed wrote the same orders")
	}
}

func written(t *testing.T, s *demo.Shop) map[string]string {
	t.Helper()
	f, err := s.WriteExports(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"members": f.Members, "orders": f.Orders, "items": f.Items, "deliveries": f.Deliveries,
		"settlements": f.Settlements, "first notice": f.FirstNotice,
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The files are CP932 with broken quoting in them, and still every row can be read in
// exactly one way.
func TestFilesCanBeReadBack(t *testing.T) {
	defects := 0
	for seed := range uint64(seeds) {
		rows := map[string]int{}
		for name, path := range written(t, demo.NewShop(seed)) {
			b := read(t, path)
			defects += strings.Count(b, "\\\"")
			r := shopcsv.NewReader(strings.NewReader(b), shopcsv.Options{})
			for {
				_, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("seed %d, %s: %v", seed, name, err)
				}
				rows[name]++
			}
			want := shopcsv.CP932
			if name == "settlements" || name == "first notice" {
				want = shopcsv.UTF8
			}
			if r.Encoding() != want {
				t.Errorf("%s is in %v, want %v", name, r.Encoding(), want)
			}
		}
		if rows["members"] != 305 || rows["first notice"] != 26 || rows["orders"] < 1300 || rows["deliveries"] < rows["orders"] || rows["items"] < rows["orders"] {
			t.Errorf("seed %d: rows %v", seed, rows)
		}
	}
	if defects < 100*seeds {
		t.Errorf("only %d quotes after a byte 0x5C", defects)
	}
}

// The headers are those of the exports of a real shop.
func TestHeadersAreTheShops(t *testing.T) {
	files := written(t, demo.NewShop(1))
	for name, original := range map[string]string{
		"members": "all_members.csv", "orders": "all_orders.csv", "items": "order_items.csv",
		"deliveries": "deliveries.csv", "settlements": "card_settlements.csv",
	} {
		b, err := os.ReadFile("../../../shared/data/eccube2-a/" + original)
		if os.IsNotExist(err) {
			live.Missing(t, "the exports of a real shop are not here: "+original)
		}
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := bytes.Cut(b, []byte("\n"))
		if got, _, _ := strings.Cut(read(t, files[name]), "\n"); got != string(want) {
			t.Errorf("%s has another header than %s", name, original)
		}
	}
}
