package demo

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"exposure/internal/roster/shopgen"
)

// Header lines as the advanced exports of EC-CUBE 2 write them: it prints ASCII
// letters of column names in lower case.
const (
	memberColumns = "会員id,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ・名),郵便番号1,郵便番号2,都道府県,住所1,住所2," +
		"e-mail,携帯e-mail,tel1,tel2,tel3,性別,誕生日,会員状態,削除フラグ,登録日,更新日,備考"
	orderColumns = "注文番号,会員id,要望等,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ名),メールアドレス," +
		"電話番号1,電話番号2,電話番号3,郵便番号1,郵便番号2,都道府県,住所1,住所2,性別,生年月日,支払い方法id,支払い方法," +
		"対応状況,削除フラグ,注文日時,更新日時,入金日時,発送完了日時,お支払い合計,shopメモ,端末種別id"
	itemColumns     = "注文番号,注文詳細id,商品id,商品コード,商品名,規格分類名1,規格分類名2,単価,数量,削除フラグ"
	deliveryColumns = "注文番号,配送情報id,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ・名)," +
		"電話番号1,電話番号2,電話番号3,郵便番号1,郵便番号2,都道府県,住所1,住所2,削除フラグ,受注削除フラグ"
	settlementColumns = "取引ID,注文番号,処理区分,処理日時,カード識別子"
)

// WriteExports writes the files a shop hands over into an existing folder: four
// exports of the shop system, what the payment company sends, and a list of the card
// customers who got the first notice.
func (s *Shop) WriteExports(dir string) (Files, error) {
	f := Files{
		Members: filepath.Join(dir, "all_members.csv"), Orders: filepath.Join(dir, "all_orders.csv"),
		Items: filepath.Join(dir, "order_items.csv"), Deliveries: filepath.Join(dir, "deliveries.csv"),
		Settlements: filepath.Join(dir, "card_settlements.csv"), FirstNotice: filepath.Join(dir, "first_notice.csv"),
	}
	for _, x := range []struct {
		path, columns string
		rows          func(put func(...string))
	}{
		{f.Members, memberColumns, s.memberRows},
		{f.Orders, orderColumns, s.orderRows},
		{f.Items, itemColumns, s.itemRows},
		{f.Deliveries, deliveryColumns, s.deliveryRows},
	} {
		if err := writeExport(x.path, x.columns, x.rows); err != nil {
			return Files{}, err
		}
	}
	if err := writeUTF8(f.Settlements, settlementColumns, s.settlementRows); err != nil {
		return Files{}, err
	}
	if err := writeUTF8(f.FirstNotice, "メールアドレス", s.firstNoticeRows); err != nil {
		return Files{}, err
	}
	return f, nil
}

func writeExport(path, columns string, rows func(func(...string))) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := shopgen.NewExportWriter(file, "\r\n")
	put := func(fields ...string) { _ = w.Write(fields...) } // Flush tells
	put(strings.Split(columns, ",")...)
	rows(put)
	if err := w.Flush(); err != nil {
		file.Close()
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return file.Close()
}

func writeUTF8(path, columns string, rows func(func(...string))) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	put := func(fields ...string) { _ = w.Write(fields) } // Error tells
	put(strings.Split(columns, ",")...)
	rows(put)
	w.Flush()
	if err := w.Error(); err != nil {
		file.Close()
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return file.Close()
}

func (s *Shop) memberRows(put func(...string)) {
	for _, m := range s.members {
		status := "2"
		if m.provisional {
			status = "1"
		}
		first, second := m.home.lines(plainly)
		put(strconv.Itoa(m.id), m.family.kanji, m.given.kanji, m.family.kana, m.given.kana,
			m.home.zip1, m.home.zip2, m.home.prefecture, first, second,
			m.email, m.mobile, m.tel[0], m.tel[1], m.tel[2], m.sex, stamp(m.birth), status, flag(m.withdrawn),
			stamp(m.registered), stamp(m.registered.Truncate(time.Second).Add(time.Hour)), m.note)
	}
}

func (s *Shop) orderRows(put func(...string)) {
	for _, o := range s.orders {
		p, id, sex := o.buyer, "0", ""
		if !o.asGuest {
			id = strconv.Itoa(p.id)
		}
		if p.sex != "" {
			sex = map[string]string{"男性": "1", "女性": "2"}[p.sex]
		}
		total := 0
		for _, i := range o.items {
			total += i.price * i.quantity
		}
		first, second := p.home.lines(o.writing)
		put(strconv.Itoa(o.number), id, o.wishes, p.family.kanji, p.given.kanji, p.family.kana, p.given.kana, o.email,
			p.tel[0], p.tel[1], p.tel[2], p.home.zip1, p.home.zip2, p.home.prefecture, first, second, sex, stamp(p.birth),
			methodID(o.method), o.method, strconv.Itoa(o.state), flag(o.deleted), stamp(o.placed), stamp(o.updated),
			stamp(o.paid), stamp(o.shipped), strconv.Itoa(total), o.memo, o.device)
	}
}

func (s *Shop) itemRows(put func(...string)) {
	n := 0
	for _, o := range s.orders {
		for _, i := range o.items {
			n++
			put(strconv.Itoa(o.number), strconv.Itoa(n), strconv.Itoa(i.id), i.code, i.name, i.kind, i.form,
				strconv.Itoa(i.price), strconv.Itoa(i.quantity), flag(o.deleted))
		}
	}
}

func (s *Shop) deliveryRows(put func(...string)) {
	for _, o := range s.orders {
		for i, r := range o.receivers {
			p := r.person
			first, second := p.home.lines(r.writing)
			put(strconv.Itoa(o.number), strconv.Itoa(i), p.family.kanji, p.given.kanji, p.family.kana, p.given.kana,
				p.tel[0], p.tel[1], p.tel[2], p.home.zip1, p.home.zip2, p.home.prefecture, first, second, "0", flag(o.deleted))
		}
	}
}

// settlementRows holds two traps of such files: a line that stands twice, and a
// payment for an order that the shop does not have.
func (s *Shop) settlementRows(put func(...string)) {
	for i, x := range s.settlements {
		row := []string{fmt.Sprintf("T%010d", 4400000+7*i), strconv.Itoa(x.order.number), x.action, x.at.Format("2006/01/02 15:04:05"), x.card}
		put(row...)
		if i == len(s.settlements)/2 {
			put(row...)
		}
	}
	put(fmt.Sprintf("T%010d", 4400000+7*len(s.settlements)), "9999999", "承認", "2023/03/20 10:00:00", "tok_0000000000000000dm")
}

// firstNoticeRows are the card customers known on 2023-04-05: all but the last four.
func (s *Shop) firstNoticeRows(put func(...string)) {
	var known []string
	for _, p := range s.people {
		if p.has("card") {
			known = append(known, p.email)
		}
	}
	for _, email := range known[:len(known)-4] {
		put(email)
	}
}

// stamp writes a time as PostgreSQL prints it: without trailing zeros, and nothing
// for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05.999999")
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func methodID(method string) string {
	return map[string]string{
		methodPostal: "1", methodTransfer: "3", methodCOD: "4", methodCardOld: "5", methodCard: "5", methodCardSP: "6", methodGift: "7",
	}[method]
}
