package roster_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster"
	"exposure/internal/roster/profile"
)

// shopOf writes files of another shop system and returns how to import them. The words
// are those of the tiny shop.
func shopOf(t *testing.T, system string, files map[roster.Role]string, accept ...string) roster.Options {
	t.Helper()
	o := options(t)
	o.Profile, o.Files, o.AcceptMissing = system, roster.Files{}, accept
	dir := t.TempDir()
	for role, path := range map[roster.Role]*string{
		roster.RoleMembers: &o.Files.Members, roster.RoleOrders: &o.Files.Orders, roster.RoleItems: &o.Files.Items,
		roster.RoleDeliveries: &o.Files.Deliveries, roster.RoleSettlements: &o.Files.Settlements,
	} {
		if text, ok := files[role]; ok {
			*path = filepath.Join(dir, string(role)+".csv")
			if err := os.WriteFile(*path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return o
}

func imported(t *testing.T, o roster.Options) *roster.Result {
	t.Helper()
	r, err := roster.ImportShop(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }

const (
	ec4Order = "注文ID,注文番号,会員ID,お名前(姓),お名前(名),お名前(セイ),お名前(メイ),郵便番号,都道府県(名称),住所1,住所2,メールアドレス,支払方法(名称),受注日,対応状況(ID),端末種別ID," +
		"注文詳細ID,明細区分(ID),商品コード,商品名,出荷ID,配送先_お名前(姓),配送先_お名前(名),配送先_お名前(セイ),配送先_お名前(メイ),配送先_郵便番号,配送先_都道府県(名称),配送先_住所1,配送先_住所2"
	ec4Member = "会員ID,お名前(姓),お名前(名),メールアドレス,性別(ID),誕生日,会員ステータス(ID),登録日"
	paid      = "取引ID,注文番号,処理区分,処理日時,カード識別子"

	// One order with a gift and postage, one bought by card, one attempt.
	toHana = "11,山田,花子,ヤマダ,ハナコ,1500001,東京都,渋谷区,1-2-3"
	toTaro = "12,山田,太郎,ヤマダ,タロウ,1500001,東京都,渋谷区,1-2-3"
	hana   = "1,A-1,7,山田,花子,ヤマダ,ハナコ,1500001,東京都,渋谷区,1-2-3,hana@example.jp,銀行振込,2022-05-05 10:00:00,5,10,"
	ichi   = "2,A-2,,田中,一郎,タナカ,イチロウ,5300001,大阪府,北区,4-5-6,ichi@example.jp,クレジットカード決済,2023-03-05 10:00:00,5,2,"
	mino   = "3,A-3,,伊藤,実,イトウ,ミノル,5300002,大阪府,北区,7-8-9,mino@example.jp,クレジットカード決済,2023-03-06 10:00:00,8,2,"
	noShip = ",,,,,,,,"
)

func ec4() map[roster.Role]string {
	return map[roster.Role]string{
		roster.RoleMembers: lines(ec4Member, "7,山田,花子,hana@example.jp,2,1985-04-05 00:00:00,2,2020-01-01 00:00:00",
			"8,佐藤,健,x1@example.jp,1,,3,2020-01-01 00:00:00"),
		roster.RoleOrders: lines(ec4Order,
			hana+"101,1,NF-01,名前旗,"+toHana, hana+"102,1,XX-1,箱,"+toTaro, hana+"103,2,,送料,"+noShip,
			ichi+"104,1,XX-1,箱,13,田中,一郎,タナカ,イチロウ,5300001,大阪府,北区,4-5-6", ichi+"105,3,,手数料,"+noShip,
			mino+"106,1,XX-1,箱,14,伊藤,実,イトウ,ミノル,5300002,大阪府,北区,7-8-9",
			hana+"107,1,XX-2,紙,"+toTaro), // the same shipping again, and apart from its order's other rows
		roster.RoleSettlements: lines(paid, "T0,0,否認,2023-03-01 00:00:00,", "T1,A-2,承認,2023-03-05 10:00:09,tok_a", "T9,0,否認,2023-03-20 00:00:00,"),
	}
}

// In an export of EC-CUBE 4 one row is one item; it repeats the order and the shipping.
func TestOneRowAnItem(t *testing.T) {
	r := imported(t, shopOf(t, "eccube4", ec4()))
	if len(r.Rejects) != 0 {
		t.Errorf("rejects: %v", r.Rejects)
	}
	want := map[string]string{
		"M:7":               "member+purchaser; birth+engraved+gender; 0 cards; ; hana@example.jp",
		"M:8":               "member; gender; 0 cards; ; x1@example.jp",
		"G:ichi@example.jp": "card+purchaser; ; 1 cards; ; ichi@example.jp",
		"G:mino@example.jp": "; ; 0 cards; abandoned_card_attempt:card+purchaser; mino@example.jp",
		"R:山田太郎|1500001|東京都渋谷区1-2-3": "recipient; ; 0 cards; ; ",
	}
	got := everybody(r)
	for key, told := range want {
		if got[key] != told {
			t.Errorf("%s is told %q, want %q", key, got[key], told)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d people, want %d: %v", len(got), len(want), got)
	}
	if p := find(t, r, "M:8"); !p.Withdrawn {
		t.Error("a member in the state of withdrawal has not withdrawn")
	}
	orders, deliveries := r.Rules()[2], r.Rules()[3]
	if orders.Yes+orders.No+orders.Unknown != 3 || deliveries.Yes+deliveries.No+deliveries.Unknown != 1 {
		t.Errorf("each order and each delivery counts once: %+v", r.Rules())
	}
}

func TestRowsOfOneOrderThatDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		old, now string
		says     string
	}{
		"in the order":    {hana + "107", strings.Replace(hana, "hana@", "hanna@", 1) + "107", "says something else about its order than line 2"},
		"in the shipping": {hana + "107,1,XX-2,紙," + toTaro, hana + "107,1,XX-2,紙," + strings.Replace(toTaro, "太郎", "次郎", 1), "something else about its shipping"},
	} {
		t.Run(name, func(t *testing.T) {
			files := ec4()
			files[roster.RoleOrders] = strings.Replace(files[roster.RoleOrders], c.old, c.now, 1)
			r := imported(t, shopOf(t, "eccube4", files))
			if len(r.Rejects) != 1 || r.Rejects[0].Line != 8 || !strings.Contains(r.Rejects[0].Reason, c.says) {
				t.Errorf("rejects: %v", r.Rejects)
			}
		})
	}
}

// The shop hides attempts unless somebody ticks them.
func TestAnExportWithoutAttempts(t *testing.T) {
	files := ec4()
	files[roster.RoleOrders] = strings.Replace(files[roster.RoleOrders], "2023-03-06 10:00:00,8", "2023-03-06 10:00:00,5", 1)
	_, err := roster.ImportShop(t.Context(), shopOf(t, "eccube4", files))
	if !errors.Is(err, profile.ErrHidden) || !strings.Contains(err.Error(), "--accept-missing pending_orders") ||
		!strings.Contains(err.Error(), "exposurectl export-guide eccube4") {
		t.Fatalf("got %v", err)
	}
	imported(t, shopOf(t, "eccube4", files, "pending_orders"))
}

// Where the orders file holds the deliveries, a file of its own takes their place.
func TestDeliveriesOfTheirOwnFile(t *testing.T) {
	files := ec4()
	files[roster.RoleDeliveries] = lines(ec4Order, hana+"101,1,NF-01,名前旗,"+toHana,
		hana+"102,1,XX-1,箱,12,佐々木,愛,ササキ,アイ,1500001,東京都,渋谷区,9-9")
	r := imported(t, shopOf(t, "eccube4", files))
	find(t, r, "R:佐々木愛|1500001|東京都渋谷区9-9")
	absent(t, r, "R:山田太郎|1500001|東京都渋谷区1-2-3")
}

const shopifyOrder = "Name,Email,Created at,Cancelled at,Payment Method,Source,Billing Name,Billing Zip,Billing Province Name,Billing City,Billing Address1,Billing Address2," +
	"Shipping Name,Shipping Zip,Shipping Province Name,Shipping City,Shipping Address1,Shipping Address2,Lineitem name,Lineitem sku"

// Shopify fills the columns of an order on its first row only; the rows may come in any
// order.
func TestTheFirstRowHoldsTheOrder(t *testing.T) {
	first := "#1001,hana@example.jp,2022-05-05 10:00:00 +0900,,銀行振込,10,山田花子,'1500001,東京都,渋谷区,1-2-3,,贈物子,'1000001,東京都,千代田区,9-9,,箱,XX-1"
	second := "#1001,hana@example.jp,,,,,,,,,,,,,,,,,名前旗,NF-01"
	other := "#1002,ichi@example.jp,2023-03-05 10:00:00 +0900,2023-03-06 10:00:00 +0900,クレジットカード決済,2,田中一郎,'5300001,大阪府,北区,4-5-6,,田中一郎,'5300001,大阪府,北区,4-5-6,,箱,XX-1"
	files := map[roster.Role]string{
		roster.RoleOrders:      lines(shopifyOrder, second, other, first),
		roster.RoleSettlements: lines(paid, "T1,#1002,承認,2023-03-05 10:00:09,tok_a"),
	}
	accept := []string{"members", "deleted"}
	r := imported(t, shopOf(t, "shopify", files, accept...))
	got := everybody(r)
	for key, told := range map[string]string{
		"G:hana@example.jp":        "purchaser; engraved; 0 cards; ; hana@example.jp",
		"G:ichi@example.jp":        "card+purchaser; ; 1 cards; ; ichi@example.jp",
		"R:贈物子|1000001|東京都千代田区9-9": "recipient; ; 0 cards; ; ",
	} {
		if got[key] != told {
			t.Errorf("%s is told %q, want %q", key, got[key], told)
		}
	}
	if len(r.Rejects) != 0 || len(got) != 3 {
		t.Errorf("rejects %v, people %v", r.Rejects, got)
	}

	files[roster.RoleOrders] = lines(shopifyOrder, second, other, first, first, "#1003,,,,,,,,,,,,,,,,,,箱,XX-1")
	var says []string
	for _, x := range imported(t, shopOf(t, "shopify", files, accept...)).Rejects {
		says = append(says, itoa(x.Line)+" "+x.Reason)
	}
	slices.Sort(says)
	if len(says) != 2 || !strings.HasPrefix(says[0], "5 the order number occurs twice") || !strings.HasPrefix(says[1], "6 its order is not in the orders file") {
		t.Errorf("rejects: %q", says)
	}
}

const mapping = `name: kiosk
title: Kiosk
times: ["2006-01-02 15:04:05"]
days: ["2006/1/2"]
guest_ids: [""]
yes: ["1"]
no: ["0"]
settlement: {approved: [承認], other: [否認]}
layouts:
  - file: orders
    version: "1"
    holds:
      orders:
        order_id: {names: [No], exempt: true}
        member_id: {constant: ""}
        email: {names: [Mail]}
        name: {names: [Name]}
        address: {names: [Address]}
        payment_method: {names: [Pay]}
        placed_at: {names: [Day]}
        device: {constant: "10"}
        deleted: {constant: "0"}
        status: {why: there are none}
`

// A date without a time of day answers a rule only if the whole day does.
func TestADateWithoutATime(t *testing.T) {
	o := shopOf(t, "generic", map[roster.Role]string{roster.RoleOrders: lines("No,Mail,Name,Address,Pay,Day",
		"1,a@example.jp,甲,東京都1,銀行振込,2023/3/16", "2,b@example.jp,乙,東京都2,銀行振込,2023/3/17")},
		"members", "items", "deliveries", "settlements", "status")
	o.Mapping = filepath.Join(t.TempDir(), "kiosk.yaml")
	write := func(text string) {
		if err := os.WriteFile(o.Mapping, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(mapping)
	r := imported(t, o)
	if got := cohortsOf(find(t, r, "G:a@example.jp")); got != "purchaser" {
		t.Errorf("the day before the border: %q", got)
	}
	absent(t, r, "G:b@example.jp")

	o.Zone = location(t, "UTC") // the border is in the middle of a day there
	utc := imported(t, o)
	if got := waitsFor(find(t, utc, "G:a@example.jp")); got != "unclear_record:purchaser" {
		t.Errorf("the day of the border waits for %q", got)
	}
	write(mapping + "# other bytes\n")
	if again := imported(t, o); again.SourcesDigest == utc.SourcesDigest {
		t.Error("read by another mapping file the files have the same digest")
	}
	o.Profile = "eccube2"
	if _, err := roster.ImportShop(t.Context(), o); err == nil {
		t.Error("a mapping file and a built-in profile at once were accepted")
	}
}

// Color Me Shop and others give deliveries no number: then the addressee names the record,
// or a decision would pass to somebody else once the rows come in another order.
func TestDeliveriesWithoutANumber(t *testing.T) {
	rows := []string{
		"No,Mail,Name,Address,Pay,Day,To,ToAddress,Item",
		"1,a@example.jp,甲,東京都1,銀行振込,2023/3/1,甲,大阪府1,箱",
		"1,a@example.jp,甲,東京都1,銀行振込,2023/3/1,甲,大阪府2,箱",
		"1,a@example.jp,甲,東京都1,銀行振込,2023/3/1,甲,大阪府1,紙",
	}
	text := strings.Replace(mapping, `    version: "1"`, `    version: "1"
    grain: item`, 1) + `      items:
        order_id: {names: [No], exempt: true}
        product_name: {names: [Item]}
      deliveries:
        order_id: {names: [No], exempt: true}
        name: {names: [To]}
        address: {names: [ToAddress]}
`
	ids := func() []string {
		o := shopOf(t, "generic", map[roster.Role]string{roster.RoleOrders: lines(rows...)}, "members", "settlements", "status")
		o.Mapping = filepath.Join(t.TempDir(), "kiosk.yaml")
		if err := os.WriteFile(o.Mapping, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out []string
		for w := range imported(t, o).Review() {
			out = append(out, w.Person+" "+w.ID)
		}
		slices.Sort(out)
		return out
	}
	before := ids()
	slices.Reverse(rows[1:])
	if after := ids(); len(before) != 2 || !slices.Equal(before, after) {
		t.Errorf("before %q, after %q", before, after)
	}
}
