package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/roster/shopcsv"
)

// sheet is one export, its rows by the names of the columns.
type sheet struct {
	header []string
	rows   [][]string
}

func readSheet(t *testing.T, path string) *sheet {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, s := shopcsv.NewReader(f, shopcsv.Options{}), &sheet{}
	if s.header, err = r.Header(); err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err != nil {
			t.Fatal(err)
		}
		s.rows = append(s.rows, rec.Fields)
	}
}

func (s *sheet) write(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(append([][]string{s.header}, s.rows...)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *sheet) at(name string) int {
	return slices.IndexFunc(s.header, func(h string) bool { return strings.EqualFold(h, name) })
}

func (s *sheet) get(row []string, name string) string { return row[s.at(name)] }

// pick changes the first n rows that change accepts, and returns their ids as a version
// names the records.
func (s *sheet) pick(t *testing.T, n int, kind, id string, change func(row []string) bool) []string {
	t.Helper()
	var out []string
	for _, row := range s.rows {
		if len(out) < n && change(row) {
			out = append(out, kind+"/"+s.get(row, id))
		}
	}
	if len(out) != n {
		t.Fatalf("%d of %d rows could be changed", len(out), n)
	}
	return out
}

const (
	tooLate = "2023-03-20 12:00:00"
	inTime  = "2023-03-10 12:00:00"
)

// TestSeventeenPeople imports a shop, publishes it, changes seventeen people in the
// exports and imports them again: exactly these differ.
func TestSeventeenPeople(t *testing.T) {
	site, err := demo.Prepare(t.Context(), t.TempDir(), 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	members, orders := readSheet(t, filepath.Join(site.Exports, "all_members.csv")), readSheet(t, filepath.Join(site.Exports, "all_orders.csv"))
	deliveries := readSheet(t, filepath.Join(site.Exports, "deliveries.csv"))

	bought, alone := map[string]int{}, map[string]bool{} // orders of an address or member; orders sent to nobody else
	for _, o := range orders.rows {
		bought[folded(orders.get(o, "メールアドレス"))]++
		bought[orders.get(o, "会員ID")]++
		alone[orders.get(o, "注文番号")] = true
	}
	addressees := map[string]int{}
	for _, d := range deliveries.rows {
		addressees[deliveries.get(d, "注文番号")]++
	}
	id, mail, registered, birth := members.at("会員ID"), members.at("E-MAIL"), members.at("登録日"), members.at("誕生日")
	mobile, state, deleted := members.at("携帯E-MAIL"), members.at("会員状態"), members.at("削除フラグ")
	taken := map[string]int{}
	for _, m := range members.rows {
		taken[folded(m[mail])]++
		taken[folded(m[mobile])]++
	}
	plain := func(m []string) bool {
		return m[state] == "2" && m[deleted] == "0" && taken[folded(m[mail])] == 1 && m[mobile] == ""
	}
	want := map[string][]string{}
	want["changed"] = members.pick(t, 6, "member", "会員ID", func(m []string) bool {
		ok := plain(m) && m[registered] < tooLate[:10] && m[birth] != "" && bought[m[id]] > 0
		if ok {
			m[birth] = ""
		}
		return ok
	})
	want["readdressed"] = members.pick(t, 4, "member", "会員ID", func(m []string) bool {
		ok := plain(m) && m[registered] < "2023-01-01" && bought[m[id]] == 0 && bought[folded(m[mail])] == 0
		if ok {
			m[mail] = fmt.Sprintf("moved.%s@example.org", m[id])
		}
		return ok
	})
	want["added"] = members.pick(t, 3, "member", "会員ID", func(m []string) bool {
		ok := plain(m) && m[registered] >= "2023-03-17" && bought[m[id]] == 0 && bought[folded(m[mail])] == 0
		if ok {
			m[registered] = inTime
		}
		return ok
	})
	placed := orders.at("注文日時")
	want["removed"] = orders.pick(t, 4, "order", "注文番号", func(o []string) bool {
		ok := orders.get(o, "会員ID") == "0" && bought[folded(orders.get(o, "メールアドレス"))] == 1 && taken[folded(orders.get(o, "メールアドレス"))] == 0 &&
			addressees[orders.get(o, "注文番号")] == 1 && o[placed] < "2022-01-01" && orders.get(o, "端末種別ID") == "10" && buyerIsAddressee(orders, deliveries, o)
		if ok {
			o[placed] = tooLate
		}
		return ok
	})

	got := reimport(t, site, members, orders)
	for _, ids := range want {
		slices.Sort(ids)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// folded is an address as it is compared: shops hold them in capitals and full width.
func folded(address string) string {
	if a, err := email.Parse(address); err == nil {
		return a.Reveal()
	}
	return address
}

func buyerIsAddressee(orders, deliveries *sheet, o []string) bool {
	for _, d := range deliveries.rows {
		if deliveries.get(d, "注文番号") == orders.get(o, "注文番号") {
			return deliveries.get(d, "お名前(姓)")+deliveries.get(d, "お名前(名)") == orders.get(o, "お名前(姓)")+orders.get(o, "お名前(名)")
		}
	}
	return false
}

// reimport stores the changed exports and returns one record of everybody who differs, by
// the kind of difference.
func reimport(t *testing.T, site *demo.Site, members, orders *sheet) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	changed := func(name string, s *sheet) string {
		path := filepath.Join(dir, name)
		s.write(t, path)
		return path
	}
	at := func(name string) string { return filepath.Join(site.Exports, name) }
	run := func(args ...string) string {
		var out, complaints bytes.Buffer
		args = append(args, "--incident", site.Incident, "--key-file", site.KeyFile, "--operator-key-file", site.KeyFile+".operator", "--database-url", site.Database)
		if code := run(t.Context(), args, terminal{In: strings.NewReader(""), Out: &out, Err: &complaints}); code != exitDone && args[0] != "import" {
			t.Fatalf("%s: exit %d\n%s", args[0], code, &complaints)
		}
		return out.String()
	}
	run("import", "--shop", "eccube2", "--members", changed("m.csv", members), "--orders", changed("o.csv", orders), "--items", at("order_items.csv"),
		"--deliveries", at("deliveries.csv"), "--settlements", at("card_settlements.csv"), "--commit")
	var d struct {
		Version, Against int
		Counts           map[string]int
		People           []struct {
			Kind    string
			Records []string
		}
	}
	if err := json.Unmarshal([]byte(run("diff", "--people", "--json")), &d); err != nil {
		t.Fatal(err)
	}
	if d.Version != 2 || d.Against != 1 || len(d.People) != 17 {
		t.Errorf("version %d against %d: %d people, %v", d.Version, d.Against, len(d.People), d.Counts)
	}
	got := map[string][]string{}
	for _, p := range d.People {
		got[p.Kind] = append(got[p.Kind], p.Records[0])
	}
	for kind, ids := range got {
		slices.Sort(ids)
		if d.Counts[kind] != len(ids) {
			t.Errorf("%d counted, %d named: %s", d.Counts[kind], len(ids), kind)
		}
	}
	return got
}
