package shopgen

import "time"

func (s *Shop) withOffset(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.o.Zone).Format("2006-01-02 15:04:05 -0700")
}

// day and clock are a moment in two columns.
func (s *Shop) day(t time.Time) string   { return t.In(s.o.Zone).Format("2006/1/2") }
func (s *Shop) clock(t time.Time) string { return t.In(s.o.Zone).Format("150405") }

func genericMembers() []column {
	return []column{
		{"会員コード", memberID}, {"氏名", func(x cell) string { return memberFamily(x) + " " + memberGiven(x) }},
		{"郵便番号", func(x cell) string { return memberZip1(x) + "-" + memberZip2(x) }},
		{"住所", func(x cell) string { return memberPrefecture(x) + memberAddress1(x) + memberAddress2(x) }},
		{"メール", memberMail}, {"携帯メール", memberMobile}, {"性別", eccube2Sex},
		{"生年月日", func(x cell) string { return yes(!x.reg.born.IsZero(), x.reg.born.Format("2006/1/2")) }},
		{"登録日", func(x cell) string { return x.s.day(x.reg.at) }}, {"登録時刻", func(x cell) string { return x.s.clock(x.reg.at) }},
		{"状態", func(x cell) string { return either(x.reg.provisional, "仮登録", "本登録") }},
		{"退会", func(x cell) string { return either(x.reg.withdrawn, "はい", "いいえ") }},
	}
}

func either(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func genericOrders() []column {
	return []column{
		{"受注番号", orderNumber}, {"会員コード", orderMember("")}, {"注文者", func(x cell) string { return orderFamily(x) + " " + orderGiven(x) }},
		{"注文者カナ", func(x cell) string { return orderFamilyKana(x) + " " + orderGivenKana(x) }},
		{"注文者郵便番号", func(x cell) string { return orderZip1(x) + "-" + orderZip2(x) }},
		{"注文者住所", func(x cell) string { return orderPrefecture(x) + orderAddress1(x) + orderAddress2(x) }},
		{"注文者メール", orderMail}, {"注文日", func(x cell) string { return x.s.day(x.o.placed) }},
		{"注文時刻", func(x cell) string { return x.s.clock(x.o.placed) }}, {"決済方法", orderMethod}, {"注文経路", orderDevice},
		{"処理状況", func(x cell) string {
			return [...]string{"発送済み", "受付", "キャンセル", "決済中"}[x.o.state]
		}},
		{"削除", func(x cell) string { return either(x.o.deleted, "はい", "いいえ") }}, {"通信欄", orderWishes}, {"合計", orderTotal},
	}
}

func genericItems() []column {
	return []column{{"受注番号", orderNumber}, {"商品番号", productCode}, {"商品名", productName}, {"単価", productPrice}}
}

func genericDeliveries() []column {
	return []column{
		{"受注番号", orderNumber}, {"配送番号", toNumber}, {"お届け先", func(x cell) string { return toFamily(x) + " " + toGiven(x) }},
		{"お届け先カナ", func(x cell) string { return toFamilyKana(x) + " " + toGivenKana(x) }},
		{"お届け先郵便番号", func(x cell) string { return toZip1(x) + "-" + toZip2(x) }},
		{"お届け先住所", func(x cell) string { return toPrefecture(x) + toAddress1(x) + toAddress2(x) }},
	}
}
