package shopgen

import (
	"strconv"
	"strings"
)

// eccube2 are the exports of EC-CUBE 2 with the deletion flag and the kind of device,
// which an operator gets from its advanced exports. Those print the ASCII letters of
// column names in lower case. 2.4 has one addressee for each order, in the same row and
// under column names that stand twice.
func eccube2() []dialect {
	all := listsMembers | ordersNameMembers | mobileAddress | withdrawals | keepsAddresses | provisionals |
		personal | deletedFlag | devices | attempts | kana | fractions | fullTrim
	many := all | manyAddressees | blankNames
	style := func(lineEnd string, q Quoting) Style { return Style{CP932, lineEnd, q} }
	shared := []file{
		{"items", ofItems, eccube2Items()},
		{"deliveries", ofDeliveries, eccube2Deliveries()},
		settlements(),
	}
	with := func(members, orders []column) []file {
		return append([]file{{"members", ofMembers, members}, {"orders", ofOrders, orders}}, shared...)
	}
	out := []dialect{
		{version: "2.4", traits: all, style: style("\n", RFC4180), files: []file{
			{"members", ofMembers, renamed(eccube2Members("顧客id"), eccube24Names())}, {"orders", ofOrders, eccube24Orders()},
			{"items", ofItems, without(eccube2Items(), "注文詳細id")}, settlements(),
		}},
		{version: "2.11", traits: many, style: style("\r\n", RFC4180),
			files: with(eccube2Members("顧客id"), renamed(eccube2Orders("顧客id"), map[string]string{"住所1": "住所１", "住所2": "住所２"}))},
		{version: "2.12", traits: many, style: style("\r\n", RFC4180), files: with(eccube2Members("会員id"), eccube2Orders("会員id"))},
		{version: "2.13+", traits: many, style: style("\r\n", FPutCSV),
			files: with(eccube213Members(), eccube213Orders())},
	}
	for i := range out {
		d := &out[i]
		d.profile, d.web, d.staff = "eccube2", []string{"10", "2", "1"}, "99"
		d.cardMethods, d.otherMethods = japaneseCards(), japaneseMethods()
	}
	return out
}

// japaneseCards are the names a card has had, oldest first. One of the others only
// sounds like it.
func japaneseCards() []string {
	return []string{"クレジットカード", "クレジットカード決済", "カード決済（スマホ用）"}
}

func japaneseMethods() []string {
	return []string{"銀行振込", "郵便振替", "代金引換", "ギフトカード払い"}
}

func eccube2Sex(x cell) string { return [...]string{"", "男性", "女性"}[x.reg.sex] }

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func sexNumber(x cell) string { return number(x.o.buyer.sex) }

// eccube2Members are the columns of the standard export, and those it lacks.
func eccube2Members(id string) []column {
	return []column{
		{id, memberID}, {"お名前(姓)", memberFamily}, {"お名前(名)", memberGiven},
		{"お名前(フリガナ・姓)", memberFamilyKana}, {"お名前(フリガナ・名)", memberGivenKana},
		{"郵便番号1", memberZip1}, {"郵便番号2", memberZip2}, {"都道府県", memberPrefecture}, {"住所1", memberAddress1}, {"住所2", memberAddress2},
		{"e-mail", memberMail}, {"tel1", tel(0, registrant)}, {"tel2", tel(1, registrant)}, {"tel3", tel(2, registrant)},
		{"fax1", blank}, {"fax2", blank}, {"fax3", blank}, {"性別", eccube2Sex}, {"職業", blank},
		{"誕生日", func(x cell) string { return born(x.reg.human) }}, {"初回購入日", blank}, {"最終購入日", blank}, {"購入回数", fixed("0")},
		{"ポイント残高", fixed("0")}, {"備考", memberNote}, {"登録日", memberSince}, {"更新日", memberSince},
		{"携帯e-mail", memberMobile}, {"会員状態", memberState}, {"削除フラグ", memberWithdrawn},
	}
}

// eccube213Members are those of the advanced export, in its order.
func eccube213Members() []column {
	return ordered(eccube2Members("会員id"), "会員id,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ・名),郵便番号1,郵便番号2,都道府県,住所1,住所2,"+
		"e-mail,携帯e-mail,tel1,tel2,tel3,性別,誕生日,会員状態,削除フラグ,登録日,更新日,備考")
}

func orderMember(guest string) func(cell) string {
	return func(x cell) string {
		if x.o.memberID == 0 {
			return guest
		}
		return strconv.Itoa(x.o.memberID)
	}
}

func eccube2State(x cell) string { return [...]string{"5", "1", "3", "7"}[x.o.state] }

func shippingList(x cell) string {
	var out []string
	for i := range x.o.to {
		out = append(out, strconv.Itoa(i))
	}
	return strings.Join(out, ",")
}

func eccube2Orders(id string) []column {
	return append(eccube2Buyer(id), []column{
		{"小計", orderTotal}, {"値引き", fixed("0")}, {"送料", fixed("0")}, {"手数料", fixed("0")}, {"使用ポイント", fixed("0")},
		{"加算ポイント", fixed("0")}, {"税金", fixed("0")}, {"合計", orderTotal}, {"お支払い合計", orderTotal}, {"配送業者id", fixed("1")},
		{"支払い方法", orderMethod}, {"shopメモ", orderMemo}, {"対応状況", eccube2State}, {"注文日時", orderPlaced}, {"更新日時", orderUpdated},
		{"発送完了日時", orderShipped}, {"端末種別id", orderDevice}, {"配送先数", func(x cell) string { return strconv.Itoa(len(x.o.to)) }},
		{"配送情報id", shippingList}, {"削除フラグ", orderDeleted}, {"支払い方法id", blank}, {"入金日時", orderPaid},
	}...)
}

func eccube2Buyer(id string) []column {
	return []column{
		{"注文番号", orderNumber}, {id, orderMember("0")}, {"要望等", orderWishes}, {"お名前(姓)", orderFamily}, {"お名前(名)", orderGiven},
		{"お名前(フリガナ・姓)", orderFamilyKana}, {"お名前(フリガナ名)", orderGivenKana}, {"メールアドレス", orderMail},
		{"電話番号1", tel(0, buyer)}, {"電話番号2", tel(1, buyer)}, {"電話番号3", tel(2, buyer)}, {"fax1", blank}, {"fax2", blank}, {"fax3", blank},
		{"郵便番号1", orderZip1}, {"郵便番号2", orderZip2}, {"都道府県", orderPrefecture}, {"住所1", orderAddress1}, {"住所2", orderAddress2},
		{"性別", sexNumber}, {"生年月日", func(x cell) string { return born(x.o.buyer) }}, {"職種", blank},
	}
}

func eccube213Orders() []column {
	return ordered(eccube2Orders("会員id"), "注文番号,会員id,要望等,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ名),メールアドレス,"+
		"電話番号1,電話番号2,電話番号3,郵便番号1,郵便番号2,都道府県,住所1,住所2,性別,生年月日,支払い方法id,支払い方法,"+
		"対応状況,削除フラグ,注文日時,更新日時,入金日時,発送完了日時,お支払い合計,shopメモ,端末種別id")
}

func eccube24Names() map[string]string {
	return map[string]string{
		"お名前(姓)": "名前1", "お名前(名)": "名前2", "お名前(フリガナ・姓)": "フリガナ1", "お名前(フリガナ・名)": "フリガナ2",
	}
}

// eccube24Orders has two blocks of the same names: the buyer's and the addressee's.
func eccube24Orders() []column {
	names := map[string]string{
		"お名前(姓)": "顧客名1", "お名前(名)": "顧客名2", "お名前(フリガナ・姓)": "顧客名カナ1", "お名前(フリガナ名)": "顧客名カナ2",
	}
	out := append(renamed(eccube2Buyer("顧客id"), names), []column{
		{"お届け先名前", toFamily}, {"お届け先名前", toGiven}, {"お届け先カナ", toFamilyKana}, {"お届け先カナ", toGivenKana},
		{"電話番号1", tel(0, receiver)}, {"電話番号2", tel(1, receiver)}, {"電話番号3", tel(2, receiver)}, {"fax1", blank}, {"fax2", blank}, {"fax3", blank},
		{"郵便番号1", toZip1}, {"郵便番号2", toZip2}, {"都道府県", toPrefecture}, {"住所1", toAddress1}, {"住所2", toAddress2},
	}...)
	return append(out, []column{
		{"小計", orderTotal}, {"値引き", fixed("0")}, {"送料", fixed("0")}, {"手数料", fixed("0")}, {"使用ポイント", fixed("0")},
		{"加算ポイント", fixed("0")}, {"税金", fixed("0")}, {"合計", orderTotal}, {"お支払い合計", orderTotal}, {"支払い方法", orderMethod},
		{"お届け時間", blank}, {"配送伝票番号", blank}, {"shopメモ", orderMemo}, {"対応状況", eccube24State}, {"注文日時", orderPlaced},
		{"更新日時", orderUpdated}, {"お届け指定日", blank}, {"削除フラグ", orderDeleted}, {"端末種別id", orderDevice},
	}...)
}

// eccube24State: 2.4 knows no state 7.
func eccube24State(x cell) string { return [...]string{"5", "1", "3", "1"}[x.o.state] }

func eccube2Items() []column {
	return []column{
		{"注文番号", orderNumber}, {"注文詳細id", itemNumber}, {"商品id", productID}, {"商品コード", productCode}, {"商品名", productName},
		{"規格分類名1", blank}, {"規格分類名2", blank}, {"単価", productPrice}, {"数量", fixed("1")}, {"削除フラグ", orderDeleted},
	}
}

func eccube2Deliveries() []column {
	return []column{
		{"注文番号", orderNumber}, {"配送情報id", toNumber}, {"お名前(姓)", toFamily}, {"お名前(名)", toGiven},
		{"お名前(フリガナ・姓)", toFamilyKana}, {"お名前(フリガナ・名)", toGivenKana},
		{"電話番号1", tel(0, receiver)}, {"電話番号2", tel(1, receiver)}, {"電話番号3", tel(2, receiver)},
		{"郵便番号1", toZip1}, {"郵便番号2", toZip2}, {"都道府県", toPrefecture}, {"住所1", toAddress1}, {"住所2", toAddress2},
		{"削除フラグ", fixed("0")}, {"受注削除フラグ", orderDeleted},
	}
}

// settlements is what the payment company sends, whatever the shop system.
func settlements() file {
	return file{"settlements", ofPayments, []column{
		{"取引ID", payTrace}, {"注文番号", payOrder}, {"処理区分", payAction}, {"処理日時", payTime}, {"カード識別子", payToken},
	}}
}
