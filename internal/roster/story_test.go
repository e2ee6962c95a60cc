package roster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

func cohortsOf(p roster.Person) string { return strings.Join(toldOf(p).Cohorts, " ") }

func edgesOf(p roster.Person) map[string]breach.Edge {
	out := map[string]breach.Edge{}
	for _, e := range p.Emails {
		out[e.Address.Reveal()] = e.Edge
	}
	return out
}

func waitsFor(p roster.Person) string {
	var out []string
	for _, o := range p.Review {
		var ids []string
		for _, c := range o.Cohorts {
			ids = append(ids, string(c))
		}
		out = append(out, string(o.Reason)+":"+strings.Join(ids, "+"))
	}
	return strings.Join(out, " ")
}

func TestATinyShop(t *testing.T) {
	r := tinyShop().importIt(t)
	hanako := find(t, r, "M:1")
	if got := cohortsOf(hanako); got != "member purchaser" {
		t.Errorf("hanako is in %s", got)
	}
	wantEdges := map[string]breach.Edge{
		"hanako@example.jp": breach.EdgeLogin, "hanako@mobile.example.jp": breach.EdgeOther, "old.hanako@example.jp": breach.EdgeOther,
	}
	if diff := cmp.Diff(wantEdges, edgesOf(hanako)); diff != "" {
		t.Errorf("hanako's addresses (-want +got)\n%s", diff)
	}
	if ken := find(t, r, "M:2"); !ken.Withdrawn || edgesOf(ken)["ken@example.jp"] != breach.EdgeOther {
		t.Error("a withdrawn member can still log in")
	}
	if ai := find(t, r, "M:3"); edgesOf(ai)["ai@example.jp"] != breach.EdgeOther {
		t.Error("a provisional member can already log in")
	}
	absent(t, r, "M:4")
	ichiro := find(t, r, "G:ichiro@example.jp")
	if got := toldOf(ichiro); got.Cards != 1 || cohortsOf(ichiro) != "card purchaser" || len(got.Flags) != 0 {
		t.Errorf("ichiro is told %+v", got)
	}
	if got := waitsFor(find(t, r, "G:minoru@example.jp")); got != "abandoned_card_attempt:card+purchaser" {
		t.Errorf("the abandoned attempt waits for %q", got)
	}
	if got := waitsFor(find(t, r, "G:kaiko@example.jp")); got != "staff_keyed_order:purchaser" {
		t.Errorf("the order keyed in by staff waits for %q", got)
	}
	find(t, r, "R:山田太郎|1500001|東京都渋谷区1-2-3")
	if r.Reconciliation.Total.Found != 5 || len(r.Rejects) != 0 || !r.Differs() {
		t.Errorf("reconciled as %s", r.JSON(nil, false))
	}
}

func TestWhoGuestsAre(t *testing.T) {
	guest := func(number, member, mail string) string {
		return number + "," + member + ",,客,人,キャク,ジン," + mail + ",100,0001,東京都,千代田区,1-1,銀行振込,5,0,2021-01-01 00:00:00,10"
	}
	for name, c := range map[string]struct {
		line string
		want string // key
	}{
		"the main address of a member":           {guest("200", "0", "HANAKO@example.jp"), "M:1"},
		"the mobile address of a member":         {guest("200", "0", " hanako@mobile.example.jp"), "M:1"},
		"the address of a withdrawn member":      {guest("200", "0", "ken@example.jp"), "M:2"},
		"the address of a provisional member":    {guest("200", "", "ai@example.jp"), "M:3"},
		"an address registered after the period": {guest("200", "0", "late@example.jp"), "G:late@example.jp"},
		"logged in, registered after the period": {guest("200", "4", "late@example.jp"), "G:late@example.jp"},
		"a member id nobody has":                 {guest("200", "77", "new@example.jp"), "G:new@example.jp"},
		"an address that does not parse":         {guest("200", "0", "a@b@c.example.jp"), "G:客人|1000001|東京都千代田区1-1"},
		"no address":                             {guest("200", "0", ""), "G:客人|1000001|東京都千代田区1-1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tinyShop().add(roster.RoleOrders, c.line).importIt(t)
			if p := find(t, r, c.want); !slices.Contains(toldOf(p).Cohorts, "purchaser") {
				t.Errorf("%s is no purchaser", c.want)
			}
			if len(r.Rejects) != 0 {
				t.Errorf("rejects: %v", r.Rejects)
			}
		})
	}
}

// A withdrawn member who registered again before the period ended is two
// registrations with one address: the one that can log in owns it.
func TestOneAddressOfTwoMembers(t *testing.T) {
	r := tinyShop().
		add(roster.RoleMembers, "9,佐藤,健,ken@example.jp,,,,2,0,2021-01-01 00:00:00,").
		add(roster.RoleOrders, "200,0,,佐藤,健,,,ken@example.jp,1,1,東京都,区,1,銀行振込,5,0,2018-01-01 00:00:00,10").importIt(t)
	if got := cohortsOf(find(t, r, "M:9")); got != "member purchaser" {
		t.Errorf("the live member is in %s", got)
	}
	if got := cohortsOf(find(t, r, "M:2")); got != "member" {
		t.Errorf("the withdrawn member is in %s", got)
	}
	if r.Reconciliation.SharedAddresses != 1 {
		t.Errorf("%d shared addresses, want 1", r.Reconciliation.SharedAddresses)
	}
}

func TestWhoIsARecipient(t *testing.T) {
	to := func(family, given, kana, zip2, address string) string {
		return "100,7," + family + "," + given + ",ヤマダ," + kana + ",150," + zip2 + ",東京都,渋谷区," + address
	}
	for name, c := range map[string]struct {
		line, key, cohorts, waits string
	}{
		"another name at another address":   {to("佐々木", "実", "ミノル", "0002", "9-9"), "R:佐々木実|1500002|東京都渋谷区9-9", "recipient", ""},
		"a relative at the buyer's address": {to("山田", "次郎", "ジロウ", "0001", "1-2-3"), "R:山田次郎|1500001|東京都渋谷区1-2-3", "recipient", ""},
		"the buyer, written otherwise":      {to("山 田", "花　子", "", "0001", "１ー２−３"), "", "", ""},
		"the buyer's name at another address": {to("山田", "花子", "ハナコ", "0009", "9-9"),
			"R:山田花子|1500009|東京都渋谷区9-9", "", "buyer_at_other_address:recipient"},
		"the buyer's reading and address": {to("山田", "華子", "はなこ", "0001", "1-2-3"),
			"R:山田華子|1500001|東京都渋谷区1-2-3", "", "near_buyer:recipient"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			s.files[roster.RoleDeliveries] = append(s.files[roster.RoleDeliveries][:1], c.line)
			r := s.importIt(t)
			if c.key == "" {
				if found := r.Reconciliation.Cohorts[3].Found.People; found != 0 {
					t.Errorf("%d recipients, want none", found)
				}
				return
			}
			p := find(t, r, c.key)
			if cohortsOf(p) != c.cohorts || waitsFor(p) != c.waits {
				t.Errorf("in %q, waits for %q", cohortsOf(p), waitsFor(p))
			}
		})
	}
}

// Two spellings that differ in nothing but the pair of variant characters are the
// same buyer; as keys of recipients they stay apart.
func TestVariantCharactersOfNames(t *testing.T) {
	r := tinyShop().replace(roster.RoleOrders, "山田,花子,ヤマダ,ハナコ", "髙﨑,花子,タカサキ,ハナコ").
		replace(roster.RoleDeliveries, "山田,花子,ヤマダ", "高崎,花子,ヤマダ").importIt(t)
	if found := r.Reconciliation.Cohorts[3].Found.People; found != 1 { // 山田太郎
		t.Errorf("%d recipients, want 1", found)
	}
}
