package roster_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
)

// contacts saves a result and opens every contact with the operator's key, by handle.
func (o office) contacts(t *testing.T, r *roster.Result) map[breach.Handle]breach.PersonContact {
	t.Helper()
	version, err := roster.Save(t.Context(), o.store, o.keys, o.operator, r, entry(audit.Import), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[breach.Handle]breach.PersonContact{}
	err = o.store.Listed(t.Context(), version, func(p sqlstore.ListedPerson) error {
		plain, err := o.operator.OpenForOperator(breach.ContactLabel, p.Sealed)
		if err != nil {
			return err
		}
		c, err := breach.ParsePersonContact(plain)
		if p.Mail != (len(c.Emails) > 0) {
			t.Error("an address is said to be there, and is not, or the other way round")
		}
		all[p.Handle] = c
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEverybodyCanBeWrittenTo: of the real shop, everybody on a list has the name, postal
// code and address of truth.csv, and all their e-mail addresses.
func TestEverybodyCanBeWrittenTo(t *testing.T) {
	r, _ := importReal(t)
	o := newOffice(t, options(t).Incident.Digest)
	all := o.contacts(t, r)
	truth := rows(t, "truth.csv")
	if len(all) != len(truth) {
		t.Errorf("%d contacts, want %d", len(all), len(truth))
	}
	recipients := 0
	for _, row := range truth {
		key := toldByTruth(row).Key
		c, ok := all[o.keys.PersonHandle(key)]
		if !ok {
			t.Errorf("%s has no contact", key)
			continue
		}
		if row["kind"] == "recipient" {
			recipients++
		}
		name := strings.ReplaceAll(row["name"], "𠮷", "?") // as the shop's exports have it
		want := roster.Postal{Name: name, Zip: row["zip"], Address: row["address"]}.Fold()
		if got := (roster.Postal{Name: c.Name, Zip: c.PostalCode, Address: c.Address}).Fold(); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
		if n := len(find(t, r, key).Emails); len(c.Emails) != n {
			t.Errorf("%s has %d addresses, want %d", key, len(c.Emails), n)
		}
	}
	if recipients != 187 {
		t.Errorf("%d recipients, want 187", recipients)
	}
}

// withAddresses is the tiny shop whose registrations have an address.
func withAddresses() *tiny {
	s := tinyShop()
	for i, line := range s.files[roster.RoleMembers] {
		more := []string{",郵便番号1,郵便番号2,都道府県,住所1,住所2", ",060,0001,北海道,札幌市,1-1", ",060,0002,北海道,札幌市,2-2", ",,,,,", ",060,0004,北海道,札幌市,4-4"}
		s.files[roster.RoleMembers][i] = line + more[i]
	}
	return s
}

// TestWhereAddressesComeFrom: the registration before any order, and of orders only those
// that put the person on a list, the newest first.
func TestWhereAddressesComeFrom(t *testing.T) {
	const (
		member = "M:1"
		bare   = "M:3" // a registration without an address
		guest  = "G:ichiro@example.jp"
	)
	later := "201,0,,田中,一郎,タナカ,イチロウ,ichiro@example.jp,530,0009,大阪府,北区,9-9-9,銀行振込,5,0,2024-05-05 10:00:00,10"
	bought := "202,3,,鈴木,愛,スズキ,アイ,ai@example.jp,900,0001,沖縄県,那覇市,3-3,銀行振込,5,0,%s,10"
	for name, c := range map[string]struct {
		shop      *tiny
		key, want string
	}{
		"a member's registration":           {withAddresses(), member, "山田花子|0600001|北海道札幌市1-1"},
		"a member's order":                  {tinyShop(), member, "山田花子|1500001|東京都渋谷区1-2-3"},
		"a bare registration":               {withAddresses(), bare, "||"},
		"a bare registration, with orders":  {withAddresses().add(roster.RoleOrders, strings.ReplaceAll(bought, "%s", "2022-05-05 10:00:00")), bare, "鈴木愛|9000001|沖縄県那覇市3-3"},
		"an order after the breach":         {withAddresses().add(roster.RoleOrders, strings.ReplaceAll(bought, "%s", "2024-05-05 10:00:00")), bare, "||"},
		"a guest":                           {tinyShop(), guest, "田中一郎|5300001|大阪府北区4-5-6"},
		"a guest's order after the breach":  {tinyShop().add(roster.RoleOrders, later), guest, "田中一郎|5300001|大阪府北区4-5-6"},
		"a guest's newest order, not last":  {tinyShop().add(roster.RoleOrders, strings.ReplaceAll(later, "2024-05-05", "2022-05-05")), guest, "田中一郎|5300001|大阪府北区4-5-6"},
		"a guest's newest order, last":      {tinyShop().add(roster.RoleOrders, strings.Replace(strings.ReplaceAll(later, "2024-05-05 10:00:00", "2023-03-16 23:00:00"), "201,", "201,", 1)), guest, "田中一郎|5300009|大阪府北区9-9-9"},
		"a recipient":                       {tinyShop(), "R:山田太郎|1500001|東京都渋谷区1-2-3", "山田太郎|1500001|東京都渋谷区1-2-3"},
		"a newer order without an address":  {tinyShop().add(roster.RoleOrders, strings.Replace(strings.ReplaceAll(later, "2024-05-05 10:00:00", "2023-03-16 23:00:00"), "大阪府,北区,9-9-9", ",,", 1)), guest, "田中一郎|5300001|大阪府北区4-5-6"},
		"an approved list has its own rows": {nil, "R:1", "山田 花子|〒150-0001|東京都渋谷区神宮前１−２"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, options(t).Incident.Digest)
			var r *roster.Result
			if c.shop != nil {
				r = c.shop.importIt(t)
			} else {
				var err error
				if r, err = importList(t, "tougyoku-2023", listHeader+"R:1,recipient,,,,recipient,,,,,山田 花子 ,〒150-0001,東京都渋谷区神宮前１−２\n", nil); err != nil {
					t.Fatal(err)
				}
			}
			got, ok := o.contacts(t, r)[o.keys.PersonHandle(c.key)]
			if where := got.Name + "|" + got.PostalCode + "|" + got.Address; !ok || where != c.want {
				t.Errorf("%s can be written to at %q, %t; want %q", c.key, where, ok, c.want)
			}
		})
	}
}

// TestAFileThatChangesWhileItIsImported: the second reading must be of the same bytes, or
// letters go to other people.
func TestAFileThatChangesWhileItIsImported(t *testing.T) {
	o := tinyShop().write(t)
	r, err := roster.ImportShop(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.Files.Deliveries)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Files.Deliveries, []byte(strings.Replace(string(text), "太郎", "次郎", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	office := newOffice(t, o.Incident.Digest)
	_, err = roster.Save(t.Context(), office.store, office.keys, office.operator, r, entry(audit.Import), nil)
	if !errors.Is(err, roster.ErrUnreadable) || contains(err.Error(), "次郎") {
		t.Errorf("got %v, want ErrUnreadable", err)
	}
	if all, err := office.store.Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d versions, %v", len(all), err)
	}
}
