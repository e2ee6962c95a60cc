package profile_test

import (
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/profile"
)

// templateHeader is the first line of an orders file of the template's invented shop.
func templateHeader() []string {
	return strings.Split("受注番号,会員番号,注文者メール,名前,都道府県,住所,建物,決済方法,注文日,注文時刻,処理状況,注文経路,明細区分,商品番号,商品名,JANコード,"+
		"お届け先区分,名前,都道府県,住所,建物,お届け先郵便番号", ",")
}

func template(t testing.TB) *profile.Profile {
	t.Helper()
	p, err := profile.Parse("template.yaml", profile.Template())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTemplateReadsTheShopItDescribes(t *testing.T) {
	p := template(t)
	o := profile.MatchOptions{NotCard: []string{"処理状況"}}
	c, err := p.Match(profile.Orders, "orders.csv", templateHeader(), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []profile.Role{profile.Orders, profile.Items, profile.Deliveries}; !slices.Equal(c.Holds(), want) || c.Grain() != profile.Item {
		t.Errorf("holds %v by %s", c.Holds(), c.Grain())
	}
	row := c.Row(strings.Split("9,0,a@example.jp,山田 花子,東京都,港区1-1,青ビル,カード,2023/3/5,9:05,受付,ＰＣ,商品,X-1,名前旗,4900000000000,1,山田 太郎,大阪府,北区2-2,白ビル,'530-0001", ","), 7)
	for _, f := range []struct {
		role  profile.Role
		field profile.Field
		want  string
	}{
		{profile.Orders, profile.OrderID, "9"}, {profile.Items, profile.OrderID, "9"},
		{profile.Orders, profile.Name, "山田 花子"}, {profile.Deliveries, profile.Name, "山田 太郎"},
		{profile.Orders, profile.Address, "東京都港区1-1青ビル"}, {profile.Deliveries, profile.Address, "大阪府北区2-2白ビル"},
		{profile.Orders, profile.PlacedAt, "2023/3/5 9:05"}, {profile.Deliveries, profile.PostalCode, "530-0001"},
		{profile.Orders, profile.Device, "PC"}, {profile.Orders, profile.Deleted, "0"},
		{profile.Orders, profile.Kana, ""}, {profile.Members, profile.Email, ""},
	} {
		if got := row.Value(f.role, f.field); got != f.want {
			t.Errorf("%s of %s: got %q, want %q", f.field, f.role, got, f.want)
		}
	}
	if row.Line() != 7 || row.Has(profile.Orders, profile.Kana) || !row.Has(profile.Orders, profile.Deleted) || !row.Carries(profile.Deliveries) {
		t.Error("the row tells line, presence or records wrongly")
	}
	for name, want := range map[string]bool{"受注番号": true, "JANコード": true, "処理状況": true, "名前": false, "住所": false} {
		if got := c.Exempt(slices.Index(templateHeader(), name)); got != want {
			t.Errorf("%s exempt: got %t, want %t", name, got, want)
		}
	}
	if got := c.Vouched(); !slices.Equal(got, []string{"処理状況"}) {
		t.Errorf("vouched for %v", got)
	}
}

func TestBlankPartsLeaveNoSeparator(t *testing.T) {
	c, err := template(t).Match(profile.Orders, "orders.csv", templateHeader(), profile.MatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fields := make([]string, c.Len())
	row := c.Row(fields, 2)
	if got := row.Get(profile.Orders, profile.PlacedAt); got != "" {
		t.Errorf("a blank date and a blank time are %q", got)
	}
	if row.Carries(profile.Deliveries) || !row.Carries(profile.Orders) || row.Carries(profile.Members) {
		t.Error("a row without an addressee carries a delivery, or no order, or a member")
	}
	fields[8] = "2023/3/5"
	if got := row.Get(profile.Orders, profile.PlacedAt); got != "2023/3/5" {
		t.Errorf("a date without its time is %q", got)
	}
}

// TestHiddenOrMovedColumnIsNotMistakenForItsDouble: the addressee's address must never pass
// for the buyer's.
func TestHiddenOrMovedColumnIsNotMistakenForItsDouble(t *testing.T) {
	p := template(t)
	full := templateHeader()
	for what, header := range map[string][]string{
		"the buyer's address is hidden":   slices.Delete(slices.Clone(full), 5, 6),
		"both addresses on one side":      slices.Insert(slices.Delete(slices.Clone(full), 19, 20), 0, "住所"),
		"a third address":                 append(slices.Clone(full), "住所"),
		"the column between them is gone": slices.Delete(slices.Clone(full), 16, 17),
	} {
		if _, err := p.Match(profile.Orders, "orders.csv", header, profile.MatchOptions{}); err == nil {
			t.Errorf("%s: not refused", what)
		} else if !strings.Contains(err.Error(), "住所") && !strings.Contains(err.Error(), "名前") {
			t.Errorf("%s: the refusal names no column: %v", what, err)
		}
	}
}
