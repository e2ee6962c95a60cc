package profile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/profile"
)

// TestBothBlocksOfAnOldOrder: EC-CUBE 2.4 writes buyer and addressee under the same names.
func TestBothBlocksOfAnOldOrder(t *testing.T) {
	h := header(t, "headers/eccube2_4_order_header.csv")
	c, err := builtin(t, "eccube2").Match(profile.Orders, "order.csv", h, profile.MatchOptions{AcceptMissing: []string{"deleted", "device"}})
	if err != nil {
		t.Fatal(err)
	}
	fields := make([]string, len(h))
	seen := map[string]int{}
	for i, name := range h {
		seen[name]++
		fields[i] = name + strings.Repeat("'", seen[name]-1)
	}
	row := c.Row(fields, 2)
	for _, f := range []struct {
		role  profile.Role
		field profile.Field
		want  string
	}{
		{profile.Orders, profile.Name, "顧客名1顧客名2"}, {profile.Orders, profile.Kana, "顧客名カナ1顧客名カナ2"},
		{profile.Orders, profile.PostalCode, "郵便番号1郵便番号2"}, {profile.Orders, profile.Address, "都道府県住所1住所2"},
		{profile.Orders, profile.Phone, "電話番号1-電話番号2-電話番号3"},
		{profile.Deliveries, profile.Name, "お届け先名前お届け先名前'"}, {profile.Deliveries, profile.Kana, "お届け先カナお届け先カナ'"},
		{profile.Deliveries, profile.PostalCode, "郵便番号1'郵便番号2'"}, {profile.Deliveries, profile.Address, "都道府県'住所1'住所2'"},
		{profile.Deliveries, profile.Phone, "電話番号1'-電話番号2'-電話番号3'"}, {profile.Deliveries, profile.Tracking, "配送伝票番号"},
		{profile.Deliveries, profile.OrderID, "注文番号"},
	} {
		if got := row.Get(f.role, f.field); got != f.want {
			t.Errorf("%s of %s: got %q, want %q", f.field, f.role, got, f.want)
		}
	}
	if c.Has(profile.Orders, profile.Device) || c.Has(profile.Orders, profile.Deleted) || c.Has(profile.Deliveries, profile.ShippingID) {
		t.Error("facts the file does not hold are there")
	}
}

// TestShopMayReorderColumns: EC-CUBE 2 lets shops move and hide columns.
func TestShopMayReorderColumns(t *testing.T) {
	h := header(t, "headers/eccube2_order_header.csv")
	p := builtin(t, "eccube2")
	o := profile.MatchOptions{AcceptMissing: []string{"削除フラグ"}}
	slices.Reverse(h)
	c, err := p.Match(profile.Orders, "order.csv", h, o)
	if err != nil {
		t.Fatal(err)
	}
	fields := slices.Clone(h)
	if got := c.Row(fields, 2).Get(profile.Orders, profile.Address); got != "都道府県住所1住所2" {
		t.Errorf("the address is %q", got)
	}
	old := header(t, "headers/eccube2_4_order_header.csv")
	o.AcceptMissing = append(o.AcceptMissing, "device")
	slices.Reverse(old) // now the addressee comes first
	if _, err := p.Match(profile.Orders, "order.csv", old, o); err == nil {
		t.Error("buyer and addressee were exchanged, and nobody noticed")
	} else if !strings.Contains(err.Error(), "郵便番号1 (first of that name)") {
		t.Errorf("the refusal does not name the column: %v", err)
	}
}

func TestWrongFlagIsNamed(t *testing.T) {
	for _, k := range []struct {
		file string
		shop string
		as   profile.Role
		want string
	}{
		{"headers/eccube2_order_header.csv", "eccube2", profile.Deliveries, "--orders"},
		{"headers/eccube2_4_order_header.csv", "eccube2", profile.Deliveries, "--orders"},
		{"eccube2-a/all_orders.csv", "eccube2", profile.Deliveries, "--orders"},
		{"eccube2-a/all_orders.csv", "eccube2", profile.Members, "--orders"},
		{"eccube2-a/deliveries.csv", "eccube2", profile.Orders, "--deliveries"},
		{"eccube2-a/all_members.csv", "eccube2", profile.Orders, "--members"},
		{"eccube2-a/card_settlements.csv", "eccube2", profile.Items, "--settlements"},
		{"headers/eccube3_shipping_header.csv", "eccube3", profile.Orders, "--deliveries"},
		{"headers/eccube3_order_header.csv", "eccube3", profile.Deliveries, "--orders"},
		{"headers/shopify_orders_header.csv", "shopify", profile.Members, "--orders"},
		{"headers/colorme_sales_all_header.csv", "colorme", profile.Items, "--orders"},
	} {
		_, err := builtin(t, k.shop).Match(k.as, k.file, header(t, k.file), profile.MatchOptions{})
		var e *profile.HeaderError
		if !errors.As(err, &e) || e.UseFlag != k.want || !strings.Contains(err.Error(), "pass it with "+k.want) {
			t.Errorf("%s as %s: got %v, want advice to use %s", k.file, k.as, err, k.want)
		}
	}
}

func TestWrongShopIsNamed(t *testing.T) {
	accept := []string{"gender", "birth_date", "status", "deleted", "device"}
	for _, k := range []struct {
		file, shop, want string
		role             profile.Role
	}{
		{"eccube3_customer_header", "eccube2", "eccube3", profile.Members},
		{"eccube4_customer_header", "eccube2", "eccube4", profile.Members},
		{"eccube3_customer_header", "eccube4", "eccube3", profile.Members},
		{"eccube4_order_header", "eccube2", "eccube4", profile.Orders},
		{"shopify_orders_header", "eccube4", "shopify", profile.Orders},
		{"magento2_order_grid_header", "shopify", "magento2", profile.Orders},
		{"colorme_sales_all_header", "eccube2", "colorme", profile.Orders},
	} {
		_, err := builtin(t, k.shop).Match(k.role, k.file, header(t, "headers/"+k.file+".csv"), profile.MatchOptions{AcceptMissing: accept})
		if err == nil || !strings.Contains(err.Error(), "--shop "+k.want) {
			t.Errorf("%s as %s of %s: got %v, want advice to use %s", k.file, k.role, k.shop, err, k.want)
		}
	}
}

// TestSameColumnsForTwoFlags: EC-CUBE 4 exports orders and shippings alike.
func TestSameColumnsForTwoFlags(t *testing.T) {
	h := header(t, "headers/eccube4_order_header.csv")
	p := builtin(t, "eccube4")
	o := profile.MatchOptions{AcceptMissing: []string{"device"}}
	orders, err := p.Match(profile.Orders, "order.csv", h, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []profile.Role{profile.Orders, profile.Items, profile.Deliveries}; !slices.Equal(orders.Holds(), want) || orders.Grain() != profile.Item {
		t.Errorf("the order export holds %v by %s", orders.Holds(), orders.Grain())
	}
	shippings, err := p.Match(profile.Deliveries, "shipping.csv", h, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []profile.Role{profile.Deliveries}; !slices.Equal(shippings.Holds(), want) {
		t.Errorf("the shipping export holds %v", shippings.Holds())
	}
}

func TestPendingOrdersMustShow(t *testing.T) {
	for _, shop := range []string{"eccube3", "eccube4"} {
		h := header(t, "headers/"+shop+"_order_header.csv")
		o := profile.MatchOptions{AcceptMissing: []string{"device", "deleted"}}
		c, err := builtin(t, shop).Match(profile.Orders, "order.csv", h, o)
		if err != nil {
			t.Fatal(err)
		}
		m := c.MustShow()
		if m == nil || m.Role != profile.Orders || m.Field != profile.Status || !m.Holds("7") || !m.Holds("8") || m.Holds("1") {
			t.Fatalf("%s must show %v", shop, m)
		}
		err = c.Unshown("order.csv")
		if !errors.Is(err, profile.ErrHidden) || !strings.Contains(err.Error(), "--accept-missing pending_orders") ||
			!strings.HasSuffix(err.Error(), "exposurectl export-guide "+shop+" explains how to export it") {
			t.Errorf("%s: %v", shop, err)
		}
		o.AcceptMissing = append(o.AcceptMissing, "pending_orders")
		c, err = builtin(t, shop).Match(profile.Orders, "order.csv", h, o)
		if err != nil {
			t.Fatal(err)
		}
		if c.MustShow() != nil || c.Unshown("order.csv") != nil || !slices.Contains(c.Accepted(), "pending_orders") {
			t.Errorf("%s: accepted, and yet it must show %v", shop, c.MustShow())
		}
	}
}

// TestNoAnswerIsNoGender: 回答しない is what somebody chose who did not tell.
func TestNoAnswerIsNoGender(t *testing.T) {
	h := header(t, "headers/eccube4_customer_header.csv")
	c, err := builtin(t, "eccube4").Match(profile.Members, "customer.csv", h, profile.MatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fields := make([]string, len(h))
	for value, want := range map[string]string{"1": "1", "2": "2", "3": "3", "４": "", "4": "", "": ""} {
		fields[slices.Index(h, "性別(ID)")] = value
		if got := c.Row(fields, 2).Value(profile.Members, profile.Gender); got != want {
			t.Errorf("%q reads as %q, want %q", value, got, want)
		}
	}
	if got := c.Row(fields, 2).Value(profile.Members, profile.Deleted); got != "0" {
		t.Errorf("a member that is in the file is deleted: %q", got)
	}
}

// TestOnlyTheFirstRowHoldsTheOrder: Shopify's further rows hold an item and nothing else.
func TestOnlyTheFirstRowHoldsTheOrder(t *testing.T) {
	h := header(t, "headers/shopify_orders_header.csv")
	c, err := builtin(t, "shopify").Match(profile.Orders, "orders.csv", h, profile.MatchOptions{AcceptMissing: []string{"deleted"}})
	if err != nil {
		t.Fatal(err)
	}
	set := func(pairs ...string) profile.Row {
		fields := make([]string, len(h))
		for i := 0; i < len(pairs); i += 2 {
			fields[slices.Index(h, pairs[i])] = pairs[i+1]
		}
		return c.Row(fields, 2)
	}
	first := set("Name", "#1001", "Created at", "2024-05-01 09:58:12 +0900", "Lineitem name", "雛人形", "Shipping Name", "山田 花子",
		"Shipping Zip", "'100-0001", "Shipping City", "千代田区", "Shipping Address1", "1-1", "Shipping Province Name", "東京都")
	further := set("Name", "#1001", "Email", "a@example.jp", "Lineitem name", "名前旗")
	if c.Grain() != profile.FirstRowOnly || !first.Carries(profile.Orders) || !first.Carries(profile.Deliveries) || !first.Carries(profile.Items) {
		t.Error("the first row does not carry everything")
	}
	if further.Carries(profile.Orders) || further.Carries(profile.Deliveries) || !further.Carries(profile.Items) {
		t.Error("a further row does not carry an item only")
	}
	if got := first.Get(profile.Deliveries, profile.PostalCode); got != "100-0001" {
		t.Errorf("the postal code is %q", got)
	}
	if got := first.Get(profile.Deliveries, profile.Address); got != "東京都千代田区1-1" {
		t.Errorf("the address is %q", got)
	}
	if c.Has(profile.Orders, profile.MemberID) || c.Has(profile.Orders, profile.Status) || !c.Has(profile.Orders, profile.CancelledAt) {
		t.Error("the facts of the file are told wrongly")
	}
}

// TestDayIsNoMoment: カラーミー writes the day of an order and not its time.
func TestDayIsNoMoment(t *testing.T) {
	p := builtin(t, "colorme")
	if slices.ContainsFunc(p.Times, func(l string) bool { return !strings.Contains(l, "15") }) || len(p.Days) == 0 {
		t.Errorf("times %q, days %q", p.Times, p.Days)
	}
	_, err := p.Match(profile.Members, "customers.csv", []string{"顧客ID", "名前"}, profile.MatchOptions{})
	refused(t, err, "colorme", "--accept-missing members", "--mapping")
}

// TestHeaderlessFileIsNotRepeated: its first line is a customer.
func TestHeaderlessFileIsNotRepeated(t *testing.T) {
	customer := []string{"17", "山田 花子", "hanako@example.jp", "03-1234-5678", "東京都港区1-1", "2023-01-01 00:00:00"}
	for _, name := range profile.Names() {
		for _, r := range profile.Roles() {
			_, err := builtin(t, name).Match(r, "members.csv", customer, profile.MatchOptions{})
			if err == nil {
				t.Fatalf("%s: a customer was taken for the header of %s", name, r)
			}
			for _, cell := range customer {
				if strings.Contains(err.Error(), cell) {
					t.Errorf("%s: the refusal repeats %q: %v", name, cell, err)
				}
			}
		}
	}
}

func TestShownHidesWhatLooksPersonal(t *testing.T) {
	for in, want := range map[string]string{
		"カード決済（スマホ用）": "カード決済（スマホ用）", "hanako@example.jp": "(a value that looks like personal data)",
		"090-1234-5678": "(a value that looks like personal data)", "a\x1b[2J": "(a value with control characters)",
		strings.Repeat("長", 60): strings.Repeat("長", 40) + "…",
	} {
		if got := profile.Shown(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
