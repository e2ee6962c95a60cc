package shopgen

import (
	"slices"
	"strconv"
	"strings"
)

// eccube34 are the standard exports of EC-CUBE 3 and 4, with the states that their
// search form leaves out ticked. They have no kind of device and no deletion flag; 4
// writes orders, goods and addressees into the rows of one file.
func eccube34() []dialect {
	both := listsMembers | ordersNameMembers | provisionals | personal | attempts | manyAddressees | blankNames | kana
	style := Style{CP932, "\n", FPutCSV}
	out := []dialect{
		{profile: "eccube3", version: "3.0", traits: both, lacks: []string{"削除フラグ", "端末種別ID"}, files: []file{
			{"members", ofMembers, eccube3Members()}, {"orders", ofItems, eccube3Orders()}, {"deliveries", ofLines, eccube3Shippings()}, settlements(),
		}},
		{profile: "eccube4", version: "4.0", files: []file{
			{"members", ofMembers, eccube4Members()}, {"orders", ofLines, eccube4Orders(true)}, settlements(),
		}},
		{profile: "eccube4", version: "4.1-4.3", files: []file{
			{"members", ofMembers, eccube4Members()}, {"orders", ofLines, eccube4Orders(false)}, settlements(),
		}},
	}
	for i := range out {
		d := &out[i]
		if d.profile == "eccube4" {
			d.traits, d.lacks = both|withdrawals|otherLines, []string{"端末種別ID"}
		}
		d.style, d.web, d.cardMethods, d.otherMethods = style, []string{""}, japaneseCards(), japaneseMethods()
	}
	return out
}

func sexName(n int) string { return [...]string{"", "男性", "女性"}[n] }

func eccube34Member(r *registration) int {
	switch {
	case r.withdrawn:
		return 3
	case r.provisional:
		return 1
	default:
		return 2
	}
}

// memberHead are the first columns of a registration: 3 splits postal codes and
// telephone numbers, 4 does not.
func memberHead(split bool) []column {
	out := []column{
		{"会員ID", memberID}, {"お名前(姓)", memberFamily}, {"お名前(名)", memberGiven}, {"お名前(セイ)", memberFamilyKana},
		{"お名前(メイ)", memberGivenKana}, {"会社名", blank},
	}
	zip, phone := []column{{"郵便番号", memberZip}}, []column{{"TEL", memberTel}}
	if split {
		zip = []column{{"郵便番号1", memberZip1}, {"郵便番号2", memberZip2}}
		phone = []column{
			{"TEL1", tel(0, registrant)}, {"TEL2", tel(1, registrant)}, {"TEL3", tel(2, registrant)}, {"FAX1", blank}, {"FAX2", blank}, {"FAX3", blank},
		}
	}
	return slices.Concat(out, zip, []column{
		{"都道府県(ID)", func(x cell) string { return strconv.Itoa(x.reg.home.number) }}, {"都道府県(名称)", memberPrefecture},
		{"住所1", memberAddress1}, {"住所2", memberAddress2}, {"メールアドレス", memberMail},
	}, phone, []column{
		{"性別(ID)", func(x cell) string { return number(x.reg.sex) }}, {"性別(名称)", func(x cell) string { return sexName(x.reg.sex) }},
		{"職業(ID)", blank}, {"職業(名称)", blank}, {"誕生日", func(x cell) string { return born(x.reg.human) }},
		{"初回購入日", blank}, {"最終購入日", blank}, {"購入回数", fixed("0")}, {"ショップ用メモ欄", memberNote},
		{"会員ステータス(ID)", func(x cell) string { return strconv.Itoa(eccube34Member(x.reg)) }},
		{"会員ステータス(名称)", func(x cell) string { return [...]string{"", "仮会員", "本会員", "退会"}[eccube34Member(x.reg)] }},
		{"登録日", memberSince}, {"更新日", memberSince},
	})
}

func eccube3Members() []column { return memberHead(true) }

func eccube4Members() []column { return append(memberHead(false), column{"ポイント", fixed("0")}) }

func eccube34State(x cell) int { return [...]int{5, 1, 3, 7}[x.o.state] }

func eccube34StateName(x cell) string {
	return map[int]string{1: "新規受付", 3: "注文取消し", 5: "発送済み", 7: "決済処理中"}[eccube34State(x)]
}

func methodID(x cell) string {
	return strconv.Itoa(1 + slices.Index(slices.Concat(x.s.d.otherMethods, x.s.d.cardMethods), x.o.method))
}

// orderHead are the columns of an order up to its payment.
func orderHead(split bool) []column {
	out := []column{
		{"会員ID", orderMember("")}, {"お名前(姓)", orderFamily}, {"お名前(名)", orderGiven}, {"お名前(セイ)", orderFamilyKana},
		{"お名前(メイ)", orderGivenKana}, {"会社名", blank},
	}
	zip, phone := []column{{"郵便番号", orderZip}}, []column{{"TEL", orderTel}}
	if split {
		zip = []column{{"郵便番号1", orderZip1}, {"郵便番号2", orderZip2}}
		phone = []column{{"TEL1", tel(0, buyer)}, {"TEL2", tel(1, buyer)}, {"TEL3", tel(2, buyer)}, {"FAX1", blank}, {"FAX2", blank}, {"FAX3", blank}}
	}
	return slices.Concat(out, zip, []column{
		{"都道府県(ID)", func(x cell) string { return strconv.Itoa(x.o.buyer.home.number) }}, {"都道府県(名称)", orderPrefecture},
		{"住所1", orderAddress1}, {"住所2", orderAddress2}, {"メールアドレス", orderMail},
	}, phone, []column{
		{"性別(ID)", sexNumber}, {"性別(名称)", func(x cell) string { return sexName(x.o.buyer.sex) }}, {"職業(ID)", blank}, {"職業(名称)", blank},
		{"誕生日", func(x cell) string { return born(x.o.buyer) }}, {"ショップ用メモ欄", orderWishes},
		{"小計", orderTotal}, {"値引き", fixed("0")}, {"送料", fixed("0")}, {"税金", fixed("0")}, {"合計", orderTotal}, {"支払合計", orderTotal},
		{"対応状況(ID)", func(x cell) string { return strconv.Itoa(eccube34State(x)) }}, {"対応状況(名称)", eccube34StateName},
		{"支払方法(ID)", methodID}, {"支払方法(名称)", orderMethod}, {"受注日", orderPlaced}, {"入金日", orderPaid},
	})
}

func goods() []column {
	return []column{
		{"商品ID", productID}, {"商品規格ID", productID}, {"商品名", productName}, {"商品コード", productCode},
		{"規格名1", blank}, {"規格名2", blank}, {"規格分類名1", blank}, {"規格分類名2", blank}, {"価格", productPrice}, {"個数", fixed("1")},
	}
}

func eccube3Orders() []column {
	return slices.Concat([]column{{"注文ID", orderNumber}}, orderHead(true), []column{{"発送日", orderShipped}, {"注文詳細ID", itemNumber}},
		goods(), []column{{"税率", fixed("8")}, {"税率ルール(ID)", fixed("1")}})
}

func eccube3Shippings() []column {
	return slices.Concat([]column{{"注文ID", orderNumber}}, orderHead(true), []column{{"発送日", orderShipped}, {"配送ID", shippingNumber}},
		addresseeColumns(true), []column{{"配送業者(ID)", fixed("1")}, {"配送業者(名称)", fixed("サンプル業者")}, {"お届け時間ID", blank}, {"お届け時間(名称)", blank},
			{"お届け希望日", blank}, {"送料ID", fixed("1")}, {"送料", fixed("0")}, {"発送日", orderShipped}, {"配送商品ID", itemNumber}}, goods())
}

// shippingNumber numbers the deliveries of all orders; a line of none has no number.
func shippingNumber(x cell) string {
	if x.to == nil {
		return ""
	}
	return strconv.Itoa(10*x.o.number + x.at)
}

// ifSent leaves the columns of an addressee blank in lines that belong to none.
func ifSent(f func(cell) string) func(cell) string {
	return func(x cell) string {
		if x.to == nil {
			return ""
		}
		return f(x)
	}
}

func addresseeColumns(split bool) []column {
	out := []column{
		{"お名前(姓)", toFamily}, {"お名前(名)", toGiven}, {"お名前(セイ)", toFamilyKana}, {"お名前(メイ)", toGivenKana}, {"会社名", blank},
	}
	zip, phone := []column{{"郵便番号", toZip}}, []column{{"TEL", toTel}}
	if split {
		zip = []column{{"郵便番号1", toZip1}, {"郵便番号2", toZip2}}
		phone = []column{{"TEL1", tel(0, receiver)}, {"TEL2", tel(1, receiver)}, {"TEL3", tel(2, receiver)}, {"FAX1", blank}, {"FAX2", blank}, {"FAX3", blank}}
	}
	out = slices.Concat(out, zip, []column{
		{"都道府県(ID)", func(x cell) string { return strconv.Itoa(x.to.place().number) }}, {"都道府県(名称)", toPrefecture},
		{"住所1", toAddress1}, {"住所2", toAddress2},
	}, phone)
	for i := range out {
		out[i] = column{"配送先_" + out[i].name, ifSent(out[i].cell)}
	}
	return out
}

func lineKind(x cell) string { return strconv.Itoa(x.item.kind) }

func lineKindName(x cell) string {
	return [...]string{"", "商品", "送料", "手数料", "割引"}[x.item.kind]
}

// eccube4Orders has 70 columns, and 71 in 4.0.
func eccube4Orders(feeID bool) []column {
	fee := []column{{"送料", fixed("0")}}
	if feeID {
		fee = []column{{"送料ID", fixed("1")}, {"送料", fixed("0")}}
	}
	return slices.Concat([]column{{"注文ID", orderNumber}, {"注文番号", orderNumber}}, orderHead(false), []column{{"注文詳細ID", itemNumber}}, goods(),
		[]column{{"税率", fixed("10")}, {"税率ルール(ID)", blank}, {"明細区分(ID)", lineKind}, {"明細区分(名称)", lineKindName}, {"出荷ID", shippingNumber}},
		addresseeColumns(false), []column{{"配送業者(ID)", fixed("1")}, {"配送業者(名称)", fixed("サンプル業者")}, {"お届け時間ID", blank},
			{"お届け時間(名称)", blank}, {"お届け希望日", blank}}, fee, []column{{"発送日", ifSent(orderShipped)}, {"出荷伝票番号", blank},
			{"配達用メモ", func(x cell) string { return strings.TrimSpace(x.o.memo) }}, {"出荷メール送信日", blank}})
}
