package roster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/roster"
)

// tiny is a shop of a few customers, as the five files it would export. Each test
// changes the lines it is about.
type tiny struct {
	files map[roster.Role][]string
	first string // the first-notice file
	edit  func(*roster.Options)
}

func tinyShop() *tiny {
	return &tiny{files: map[roster.Role][]string{
		roster.RoleMembers: {
			"会員ID,お名前(姓),お名前(名),E-MAIL,携帯E-MAIL,性別,誕生日,会員状態,削除フラグ,登録日,備考",
			"1,山田,花子,hanako@example.jp,hanako@mobile.example.jp,女性,1985-04-05 00:00:00,2,0,2020-01-02 03:04:05,",
			"2,佐藤,健,ken@example.jp,,,,2,1,2019-01-01 00:00:00,",
			"3,鈴木,愛,ai@example.jp,,女性,,1,0,2023-03-16 23:59:59.999999,",
			"4,高橋,遅,late@example.jp,,女性,,2,0,2023-03-17 00:00:00,",
		},
		roster.RoleOrders: {
			"注文番号,会員ID,要望等,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ名),メールアドレス,郵便番号1,郵便番号2,都道府県,住所1,住所2,支払い方法,対応状況,削除フラグ,注文日時,端末種別ID",
			"100,1,,山田,花子,ヤマダ,ハナコ,old.hanako@example.jp,150,0001,東京都,渋谷区,1-2-3,銀行振込,5,0,2022-05-05 10:00:00,10",
			"101,0,,田中,一郎,タナカ,イチロウ,Ichiro@Example.jp ,530,0001,大阪府,北区,4-5-6,クレジットカード決済,5,0,2023-03-14 23:59:59.9999999,2",
			"102,0,,伊藤,実,イトウ,ミノル,minoru@example.jp,530,0002,大阪府,北区,7-8-9,クレジットカード決済,3,1,2023-03-05 12:00:00,2",
			"103,0,,展示,会子,テンジ,カイコ,kaiko@example.jp,530,0003,大阪府,北区,1-1-1,代金引換,5,0,2023-03-06 12:00:00,99",
		},
		roster.RoleItems: {
			"注文番号,商品コード,商品名",
			"100,NF-01,名前旗 赤",
			"101,ST-01,名前旗用スタンド",
		},
		roster.RoleDeliveries: {
			"注文番号,配送情報ID,お名前(姓),お名前(名),お名前(フリガナ・姓),お名前(フリガナ・名),郵便番号1,郵便番号2,都道府県,住所1,住所2",
			"100,0,山田,花子,ヤマダ,ハナコ,150,0001,東京都,渋谷区,１－２－３",
			"100,1,山田,太郎,ヤマダ,タロウ,150,0001,東京都,渋谷区,1-2-3",
			"101,0,田中,一郎,タナカ,イチロウ,530,0001,大阪府,北区,4-5-6",
		},
		roster.RoleSettlements: {
			"取引ID,注文番号,処理区分,処理日時,カード識別子",
			"T0,9999,承認,2023/03/01 00:00:00,tok_x",
			"T1,101,承認,2023/03/15 00:00:09,tok_a",
			"T1,101,承認,2023/03/15 00:00:09,tok_a",
		},
	}}
}

func (s *tiny) replace(role roster.Role, old, now string) *tiny {
	for i, line := range s.files[role] {
		s.files[role][i] = strings.ReplaceAll(line, old, now)
	}
	return s
}

func (s *tiny) add(role roster.Role, lines ...string) *tiny {
	s.files[role] = append(s.files[role], lines...)
	return s
}

// write puts the files into a folder and returns how to import them.
func (s *tiny) write(t *testing.T) roster.Options {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := func(role roster.Role) string {
		return put(string(role)+".csv", strings.Join(s.files[role], "\n")+"\n")
	}
	o := options(t)
	o.Files = roster.Files{
		Members: file(roster.RoleMembers), Orders: file(roster.RoleOrders), Items: file(roster.RoleItems),
		Deliveries: file(roster.RoleDeliveries), Settlements: file(roster.RoleSettlements),
	}
	if s.first != "" {
		o.Files.FirstNotice = put("first.txt", s.first)
	}
	if s.edit != nil {
		s.edit(&o)
	}
	return o
}

func (s *tiny) importIt(t *testing.T) *roster.Result {
	t.Helper()
	r, err := roster.ImportShop(t.Context(), s.write(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find returns one person; the test ends when there is none.
func find(t *testing.T, r *roster.Result, key string) roster.Person {
	t.Helper()
	for p := range r.People() {
		if p.Key == key {
			return p
		}
	}
	t.Fatalf("%s is not in the result", key)
	return roster.Person{}
}

func absent(t *testing.T, r *roster.Result, key string) {
	t.Helper()
	for p := range r.People() {
		if p.Key == key {
			t.Errorf("%s is in the result: %v, %v", key, p.Exposures, p.Review)
		}
	}
}
