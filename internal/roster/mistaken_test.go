package roster_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/roster/shopgen"
)

// Without its digits an address is somebody else's.
func TestAnAddressKeepsDigitsThatLookLikeACard(t *testing.T) {
	const digits = "taro4111111111111111@example.jp"
	s := tinyShop().replace(roster.RoleOrders, "Ichiro@Example.jp ", digits).replace(roster.RoleMembers, "hanako@mobile", "4111111111111111@mobile")
	r := s.importIt(t)
	find(t, r, "G:"+digits)
	absent(t, r, "G:taro@example.jp")
	hanako := find(t, r, "M:1")
	if !slices.ContainsFunc(hanako.Emails, func(e roster.Email) bool { return e.Address.Reveal() == "4111111111111111@mobile.example.jp" }) {
		t.Error("a mobile address is lost")
	}
	if len(r.Rejects) != 0 {
		t.Errorf("rejected: %v", r.Rejects)
	}
	r = tinyShop().replace(roster.RoleOrders, "Ichiro@Example.jp ", "4111111111111111 taro@example.jp").importIt(t)
	find(t, r, "G:taro@example.jp")
	if len(r.Rejects) != 1 {
		t.Errorf("a card number beside an address: %v", r.Rejects)
	}
}

// An addressee whose name is blank is somebody all the same.
func TestAnAddresseeWithoutANameWaits(t *testing.T) {
	for _, c := range []struct{ profile, version, column string }{
		{"eccube2", "2.4", "お届け先名前"}, {"shopify", "", "Shipping Name"}, {"eccube4", "", "出荷ID"},
	} {
		t.Run(c.profile, func(t *testing.T) {
			s := shopgen.New(shopgen.Options{Profile: c.profile, Version: c.version, Members: 60, Seed: 3})
			how := importing(t, s, c.profile, t.TempDir())
			before, err := roster.ImportShop(t.Context(), how)
			if err != nil {
				t.Fatal(err)
			}
			x := readSheet(t, how.Files.Orders)
			for i, h := range x.header {
				if h == c.column {
					for _, row := range x.rows {
						row[i] = ""
					}
				}
			}
			x.write(t)
			after, err := roster.ImportShop(t.Context(), how)
			if err != nil {
				t.Fatal(err)
			}
			if was, is := recipients(before), recipients(after); is == 0 || c.column == "出荷ID" && is != was {
				t.Errorf("of %d recipients %d are left", was, is)
			}
		})
	}
}

func recipients(r *roster.Result) int {
	n := 0
	for p := range r.People() {
		if p.Kind == breach.KindRecipient {
			n++
		}
	}
	return n
}

// A file whose addresses stand under another name would list people who can never be told.
func TestAColumnOfAddressesWithoutAddressesIsRefused(t *testing.T) {
	for _, file := range []string{"members", "orders"} {
		s := shopgen.New(shopgen.Options{Profile: "generic", Members: 60, Seed: 3})
		how := importing(t, s, "generic", t.TempDir())
		path := map[string]string{"members": how.Files.Members, "orders": how.Files.Orders}[file]
		x := readSheet(t, path)
		for i, h := range x.header {
			switch h {
			case "メール", "注文者メール":
				x.header[i] = strings.Replace(h, "メール", "郵便番号", 1)
			case "郵便番号", "注文者郵便番号":
				x.header[i] = strings.Replace(h, "郵便番号", "メール", 1)
			}
		}
		x.write(t)
		if _, err := roster.ImportShop(t.Context(), how); !errors.Is(err, roster.ErrUnreadable) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Two members once used one address: who of them got the first notice does not change from
// one import to the next.
func TestAnAddressOfTwoMembersOrdersHasOneOwner(t *testing.T) {
	for range 20 {
		s := tinyShop().add(roster.RoleOrders,
			"104,2,,佐藤,健,サトウ,ケン,old.hanako@example.jp,150,0001,東京都,渋谷区,1-2-3,銀行振込,5,0,2022-06-05 10:00:00,10")
		s.first = "old.hanako@example.jp\n"
		r := s.importIt(t)
		if !find(t, r, "M:1").FirstNotice || find(t, r, "M:2").FirstNotice {
			t.Fatal("the member of the later order is taken for the owner")
		}
	}
}

// Files that were cut where a row ends have no fault of their own; the others show it.
func TestCutFilesAreCounted(t *testing.T) {
	s := tinyShop().add(roster.RoleOrders,
		"104,77,,消,会員,キエ,カイイン,kie@example.jp,150,0001,東京都,渋谷区,9-9-9,銀行振込,5,0,2022-06-05 10:00:00,10")
	rec := s.importIt(t).Reconciliation
	if rec.UnknownMembers != 1 || rec.Undelivered != 3 {
		t.Errorf("orders of unknown members %d, without a delivery %d", rec.UnknownMembers, rec.Undelivered)
	}
	var b strings.Builder
	if err := rec.WriteTable(&b); err != nil || !strings.Contains(b.String(), "orders of members who are not in the members file") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// An error names the words of a shop, not its customers.
func TestNoCustomerIsNamedByAnError(t *testing.T) {
	s := tinyShop().replace(roster.RoleOrders, "代金引換", "山田太郎様よりお電話")
	_, err := roster.ImportShop(t.Context(), s.write(t))
	if !errors.Is(err, roster.ErrUnclassified) || strings.Contains(err.Error(), "山田") {
		t.Errorf("a payment method that speaks of somebody: %v", err)
	}
}

// Addresses that are separated by something else would all be lost.
func TestAddressesOfAListAreSeparatedBySemicolons(t *testing.T) {
	header, _, _ := strings.Cut(roster.ListTemplate(), "\n")
	for cell, fine := range map[string]bool{
		"a@example.jp;b@example.jp": true, "no address": true, "a@example.jp,b@example.jp": false,
		"a@example.jp；b@example.jp": false, "a@example.jp b@example.jp": false, "a@example.jp\nb＠example.jp": false,
	} {
		_, err := importList(t, "tougyoku-2023", header+"\nG:1,guest,\""+cell+"\",,,purchaser,,,,,,,\n", nil)
		if fine != (err == nil) || err != nil && !errors.Is(err, roster.ErrList) {
			t.Errorf("%q: %v", cell, err)
		}
	}
}
