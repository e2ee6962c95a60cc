package roster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster"
)

// A row that contradicts its order still says what was bought and who got it.
func TestARowThatContradictsItsOrderKeepsItsAddressee(t *testing.T) {
	files := ec4()
	files[roster.RoleOrders] = strings.Replace(files[roster.RoleOrders], hana+"101", strings.Replace(hana, "hana@", "hanna@", 1)+"101", 1)
	lines := strings.Split(files[roster.RoleOrders], "\n")
	lines[1], lines[3] = lines[3], lines[1] // the contradicting row is not the first: it holds the only engraved item
	for i, l := range lines {
		if strings.HasPrefix(l, hana+"102") || strings.HasPrefix(l, hana+"107") {
			lines[i] = strings.Replace(l, "hana@", "hanna@", 1)
		}
	}
	files[roster.RoleOrders] = strings.Join(lines, "\n")
	o := shopOf(t, "eccube4", files)
	o.AcceptRejects = 3
	r := imported(t, o)
	if len(r.Rejects) != 3 {
		t.Fatalf("rejects: %v", r.Rejects)
	}
	if got := everybody(r)["R:山田太郎|1500001|東京都渋谷区1-2-3"]; !strings.HasPrefix(got, "recipient;") {
		t.Errorf("the addressee is told %q", got)
	}
	if got := everybody(r)["M:7"]; !strings.Contains(got, "engraved+") {
		t.Errorf("the buyer of the engraved item is told %q", got)
	}
}

func TestUnreadableAddressesAreFoundByTheirLines(t *testing.T) {
	s := tinyShop()
	bad := "not-an-address"
	s.replace(roster.RoleMembers, "ken@example.jp", bad)
	for i := range 60 {
		s.add(roster.RoleMembers, fmt.Sprintf("%d,山,川,ok%d@example.jp,%s,,,2,0,2020-01-02 03:04:05,", 500+i, i, bad))
	}
	r := s.importIt(t)
	rec := r.Reconciliation
	if len(r.Rejects) != 0 || rec.UnreadableAddresses != 61 || len(rec.UnreadableAt) != 50 || rec.UnreadableAt[0] != (roster.Spot{File: "members.csv", Line: 3}) {
		t.Fatalf("%d rejects, %d unreadable, at %v", len(r.Rejects), rec.UnreadableAddresses, rec.UnreadableAt)
	}
	var out strings.Builder
	if err := r.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	if !contains(out.String(), "members.csv line 3\n") || !contains(out.String(), "and 11 more") || contains(out.String(), bad) {
		t.Errorf("the table says\n%s", out.String())
	}
}

func TestEngravedNamesWhateverTheirCase(t *testing.T) {
	for _, written := range []string{"Name Flag", "ＮＡＭＥ　ＦＬＡＧ", "name flag"} {
		s := tinyShop().replace(roster.RoleItems, "NF-01,名前旗 赤", "Q-1,"+written)
		s.edit = func(o *roster.Options) {
			words := *o.Vocabulary
			words.Engraved.Names = append(slices.Clone(words.Engraved.Names), "NAME flag")
			o.Vocabulary = &words
		}
		if got := everybody(s.importIt(t))["M:1"]; !contains(got, "+engraved+") {
			t.Errorf("the buyer of %q is told %q", written, got)
		}
	}
}

// Nothing says that two people of whom nothing is known are one.
func TestPeopleWithoutNameAndAddressAreApart(t *testing.T) {
	blank := strings.Repeat(",", 11)
	s := tinyShop().add(roster.RoleOrders,
		"104,0"+blank+",銀行振込,5,0,2022-05-05 10:00:00,10", "105,0"+blank+",銀行振込,5,0,2022-05-06 10:00:00,10").
		add(roster.RoleDeliveries, "104,0"+strings.Repeat(",", 9), "105,0"+strings.Repeat(",", 9))
	r := s.importIt(t)
	for _, key := range []string{"G:order/104", "G:order/105", "R:delivery/104/0", "R:delivery/105/0"} {
		p := find(t, r, key)
		if p.Postal != nil && *p.Postal != (roster.Postal{}) {
			t.Errorf("%s has the postal address %v", key, *p.Postal)
		}
	}
	if r.Reconciliation.Unidentified != 4 {
		t.Errorf("%d records without name and address, want 4", r.Reconciliation.Unidentified)
	}
}

// Also where an order's number is its id, no other order may have it.
func TestANumberThatIsAnotherOrdersId(t *testing.T) {
	files := ec4()
	files[roster.RoleOrders] = strings.NewReplacer("2,A-2,", "2,2,", "3,A-3,", "3,2,").Replace(files[roster.RoleOrders])
	r := imported(t, shopOf(t, "eccube4", files, "pending_orders"))
	if len(r.Rejects) == 0 || r.Rejects[0].Reason != "another order has the same number" {
		t.Errorf("rejects: %v", r.Rejects)
	}
}
