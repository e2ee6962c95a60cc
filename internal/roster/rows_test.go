package roster_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

// A column of numbers that only look like cards' is imported if somebody vouches for it.
func TestAColumnSomebodyVouchesFor(t *testing.T) {
	s := tinyShop().replace(roster.RoleOrders, "101,0,,", "101,0,"+pan+",")
	if r := s.importIt(t); len(r.Rejects) != 1 {
		t.Fatalf("rejects: %v", r.Rejects)
	}
	before := s.importIt(t)
	s.edit = func(o *roster.Options) { o.NotCard = []string{"要望等"} }
	r := s.importIt(t)
	if len(r.Rejects) != 0 || !strings.HasPrefix(strings.Join(r.Reconciliation.Accepted.NotCard, " "), "要望等") {
		t.Errorf("rejects %v, the summary names %v", r.Rejects, r.Reconciliation.Accepted.NotCard)
	}
	if r.SourcesDigest == before.SourcesDigest {
		t.Error("the digest does not tell that a column was not searched")
	}
	s.edit = func(o *roster.Options) { o.NotCard = []string{"備考"} } // of another file
	if r := s.importIt(t); len(r.Rejects) != 1 {
		t.Errorf("rejects: %v", r.Rejects)
	}
}

// A row whose order is missing means that the orders file is not whole. A settlement of an
// unknown order does not: payment companies serve several shops.
func TestRowsWhoseOrderIsMissing(t *testing.T) {
	s := tinyShop()
	s.files[roster.RoleOrders] = s.files[roster.RoleOrders][:2]
	r := s.importIt(t)
	var got []string
	for _, x := range r.Rejects {
		got = append(got, x.File+" "+itoa(x.Line))
		if !strings.Contains(x.Reason, "may have been cut") {
			t.Errorf("the reject says %q", x.Reason)
		}
	}
	if strings.Join(got, ", ") != "items.csv 3, deliveries.csv 4" {
		t.Errorf("rejects: %q", got)
	}
	if err := r.Committable(); !errors.Is(err, roster.ErrRejects) {
		t.Errorf("it would be stored: %v", err)
	}
	if stray := r.Reconciliation.Stray; len(stray) != 1 || stray[0].Rows != 3 {
		t.Errorf("stray rows: %v", stray)
	}
}

func TestFirstNoticeFilesAsPeopleHaveThem(t *testing.T) {
	cp932, err := japanese.ShiftJIS.NewEncoder().String("注文番号,お名前,備考\r\n101,田中一郎,\"表,裏\"\r\n100,山田花子,\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, told string }{
		"a list of addresses without a heading": {"ichiro@example.jp\nhanako@example.jp", "G:ichiro@example.jp M:1"},
		"the first column of a CSV file":        {"mail,name\n\"ichiro@example.jp\",\"x, y\"\n", "G:ichiro@example.jp"},
		"CP932":                                 {cp932, "G:ichiro@example.jp M:1"},
		"with the mark of UTF-8":                {"\ufeffichiro@example.jp\r\n", "G:ichiro@example.jp"},
		"numbers in full width":                 {"１０１\n", "G:ichiro@example.jp"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			s.first = c.text
			r := s.importIt(t)
			for _, key := range []string{"G:ichiro@example.jp", "M:1"} {
				if told := find(t, r, key).FirstNotice; told != strings.Contains(c.told, key) {
					t.Errorf("%s: told first %v", key, told)
				}
			}
			if len(r.Rejects) != 0 {
				t.Errorf("rejects: %v", r.Rejects)
			}
		})
	}
	for name, c := range map[string]struct {
		text    string
		rejects int
	}{
		"a broken character":    {"ichiro@example.jp\n\xe3\x81\nhanako@example.jp\n", 1},
		"a row of more columns": {"101,a\n100\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			s.first = c.text
			r := s.importIt(t)
			if len(r.Rejects) != c.rejects || r.Rejects[0].File != "first.txt" || r.Rejects[0].Line != 2 {
				t.Errorf("rejects: %v", r.Rejects)
			}
		})
	}
	s := tinyShop()
	s.first = "PK\x03\x04..."
	if _, err := roster.ImportShop(t.Context(), s.write(t)); !errors.Is(err, roster.ErrUnreadable) {
		t.Errorf("a workbook: %v", err)
	}
}

// A shipping twice in its order would count twice.
func TestAShippingTwice(t *testing.T) {
	for _, row := range []string{
		"100,1,山田,太郎,ヤマダ,タロウ,150,0001,東京都,渋谷区,1-2-3", "100,0,山田,花子,ヤマダ,ハナコ,150,0001,東京都,渋谷区,1-2-3",
	} {
		r := tinyShop().add(roster.RoleDeliveries, row).importIt(t)
		if len(r.Rejects) != 1 || r.Rejects[0].Line != 5 || !strings.Contains(r.Rejects[0].Reason, "occurs twice") {
			t.Errorf("rejects: %v", r.Rejects)
		}
	}
	r := tinyShop().add(roster.RoleDeliveries, "100,999999,山田,次郎,,,150,0001,東京都,渋谷区,1-2-3", "100,999999,山田,次郎,,,150,0001,東京都,渋谷区,1-2-3").importIt(t)
	if len(r.Rejects) != 1 || r.Rejects[0].Line != 6 {
		t.Errorf("rejects: %v", r.Rejects)
	}
}

// Of an attempt that is not by card nobody can say what it is: it waits.
func TestAnAttemptThatIsNotByCard(t *testing.T) {
	r := tinyShop().replace(roster.RoleOrders, "代金引換,5,0,2023-03-06 12:00:00,99", "代金引換,7,0,2023-03-06 12:00:00,10").importIt(t)
	if p := find(t, r, "G:kaiko@example.jp"); len(p.Exposures) != 0 || waitsFor(p) != "unclear_record:purchaser" {
		t.Errorf("in %v, waits for %q", p.Exposures, waitsFor(p))
	}
	r = tinyShop().replace(roster.RoleOrders, "クレジットカード決済,3,1", "クレジットカード決済,7,0").importIt(t)
	if p := find(t, r, "G:minoru@example.jp"); len(p.Exposures) != 0 || waitsFor(p) != string(breach.AbandonedCardAttempt)+":card+purchaser" {
		t.Errorf("in %v, waits for %q", p.Exposures, waitsFor(p))
	}
}
