package shopcsv_test

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"exposure/internal/live"
	"exposure/internal/roster/shopcsv"
)

// shopData opens a file of the data set that a real shop exported.
func shopData(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("../../../../shared/data", name))
	if errors.Is(err, os.ErrNotExist) {
		live.Missing(tb, "the exports of a real shop are not here: "+name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

type table struct {
	header []string
	rows   [][]string
	lines  []int
	errs   []*shopcsv.RowError
}

func readAll(tb testing.TB, r io.Reader, o shopcsv.Options) table {
	tb.Helper()
	reader := shopcsv.NewReader(r, o)
	header, err := reader.Header()
	if err != nil {
		tb.Fatal(err)
	}
	t := table{header: header}
	for {
		rec, err := reader.Next()
		var bad *shopcsv.RowError
		switch {
		case err == io.EOF:
			return t
		case errors.As(err, &bad):
			t.errs = append(t.errs, bad)
		case err != nil:
			tb.Fatal(err)
		default:
			t.rows = append(t.rows, rec.Fields)
			t.lines = append(t.lines, rec.Line)
		}
	}
}

// column returns the values of a column by its name.
func (t table) column(tb testing.TB, name string) []string {
	tb.Helper()
	for i, h := range t.header {
		if h == name {
			var values []string
			for _, row := range t.rows {
				values = append(values, row[i])
			}
			return values
		}
	}
	tb.Fatalf("no column %s", name)
	return nil
}

func TestRealExports(t *testing.T) {
	for _, file := range []struct {
		name          string
		encoding      shopcsv.Encoding
		columns, rows int
	}{
		{"eccube2-a/member.csv", shopcsv.CP932, 28, 299},
		{"eccube2-a/order.csv", shopcsv.CP932, 41, 1490},
		{"eccube2-a/all_members.csv", shopcsv.CP932, 22, 305},
		{"eccube2-a/all_orders.csv", shopcsv.CP932, 29, 1515},
		{"eccube2-a/order_items.csv", shopcsv.CP932, 10, 2802},
		{"eccube2-a/deliveries.csv", shopcsv.CP932, 16, 1622},
		{"eccube2-a/card_settlements.csv", shopcsv.UTF8, 5, 86},
		{"eccube2-a/truth.csv", shopcsv.UTF8, 17, 1244},
		{"eccube2-a/edges.csv", shopcsv.UTF8, 7, 353},
		{"eccube2-a/noise.csv", shopcsv.UTF8, 9, 79},
		{"headers/eccube2_25_customer_sample_cp932.csv", shopcsv.CP932, 28, 2},
		{"headers/eccube2_25_order_sample_cp932.csv", shopcsv.CP932, 41, 3},
	} {
		t.Run(filepath.Base(file.name), func(t *testing.T) {
			b := shopData(t, file.name)
			got := readAll(t, strings.NewReader(string(b)), shopcsv.Options{})
			for _, e := range got.errs {
				t.Error(e)
			}
			if len(got.header) != file.columns || len(got.rows) != file.rows {
				t.Errorf("got %d columns and %d rows, want %d and %d", len(got.header), len(got.rows), file.columns, file.rows)
			}
			if e, err := shopcsv.Detect(b[:min(len(b), 4096)]); err != nil || e != file.encoding {
				t.Errorf("detected %v, %v, want %v", e, err, file.encoding)
			}
			if file.encoding == shopcsv.UTF8 {
				want, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, append([][]string{got.header}, got.rows...)); d != "" {
					t.Errorf("differs from an ordinary reader (-want +got):\n%s", d)
				}
			}
		})
	}
}

// In three orders of the exports a byte 0x5C, a quote and then a comma or line end
// are text, and only the rest of the record tells.
func TestAmbiguousOrders(t *testing.T) {
	got := readAll(t, strings.NewReader(string(shopData(t, "eccube2-a/all_orders.csv"))), shopcsv.Options{})
	want := map[string][2]string{ // wishes, second address line
		"1287": {"", `1-31-9 第2コーポ申 701 コーポ表",201`},
		"1410": {`のし表",無地で`, "8-31-5"},
		"1700": {"包装は予約表\",写真どおり\r\n\"能\",以上", "1-27-2"},
	}
	number, wishes, street := got.column(t, "注文番号"), got.column(t, "要望等"), got.column(t, "住所2")
	for i, n := range number {
		if w, ok := want[n]; ok {
			if d := cmp.Diff(w, [2]string{wishes[i], street[i]}); d != "" {
				t.Errorf("order %s (-want +got):\n%s", n, d)
			}
			delete(want, n)
		}
	}
	if len(want) > 0 {
		t.Errorf("orders not read: %v", want)
	}
}

// Every order of a listed person is in the export with one of the person's
// addresses, whatever its other cells hold.
func TestOrdersAgreeWithTruth(t *testing.T) {
	orders := readAll(t, strings.NewReader(string(shopData(t, "eccube2-a/all_orders.csv"))), shopcsv.Options{})
	truth := readAll(t, strings.NewReader(string(shopData(t, "eccube2-a/truth.csv"))), shopcsv.Options{})
	members := readAll(t, strings.NewReader(string(shopData(t, "eccube2-a/all_members.csv"))), shopcsv.Options{})

	address, name := map[string]string{}, map[string]string{}
	numbers, emails := orders.column(t, "注文番号"), orders.column(t, "メールアドレス")
	family, given := orders.column(t, "お名前(姓)"), orders.column(t, "お名前(名)")
	for i, n := range numbers {
		address[n], name[n] = emails[i], family[i]+given[i]
	}
	if len(address) != 1515 {
		t.Fatalf("%d different order numbers, want 1515", len(address))
	}
	member := map[string]string{}
	for i, id := range members.column(t, "会員id") {
		member[id] = members.column(t, "e-mail")[i]
	}
	kinds, people := truth.column(t, "kind"), 0
	for i, ids := range truth.column(t, "order_ids") {
		known := ";" + truth.column(t, "emails")[i] + ";"
		if id := truth.column(t, "member_id")[i]; kinds[i] == "member" && !strings.Contains(known, ";"+canonical(member[id])+";") {
			t.Errorf("member %s is read with another address than the truth has", id)
		}
		for _, n := range strings.FieldsFunc(ids, func(r rune) bool { return r == ';' }) {
			if _, ok := address[n]; !ok {
				t.Errorf("order %s is not read", n)
			}
			if kinds[i] == "guest" && !strings.Contains(known, ";"+canonical(address[n])+";") {
				t.Errorf("order %s is read with another address than the truth has", n)
			}
		}
		people++
	}
	if people != 1244 {
		t.Errorf("%d people, want 1244", people)
	}
}

func canonical(address string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(address)))
}
