package shopcsv_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/shopcsv"
	"exposure/internal/roster/shopgen"
)

// What was read, written again as the shop writes it, is the shop's own file to the
// last byte.
func TestRealExportsWrittenAgain(t *testing.T) {
	for _, name := range []string{"member", "order", "all_members", "all_orders", "order_items", "deliveries"} {
		want := shopData(t, "eccube2-a/"+name+".csv")
		got := readAll(t, bytes.NewReader(want), shopcsv.Options{})
		var b bytes.Buffer
		w := shopgen.NewExportWriter(&b, "\r\n")
		for _, row := range append([][]string{got.header}, got.rows...) {
			if err := w.Write(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s.csv written again differs", name)
		}
	}
}

// pieces are what makes a record hard to read, and some plain text.
var pieces = []string{
	"表", "ソ", "能", "十", "圭", "\\", `"`, `"`, ",", "\r\n", "\n", " ", "\t", "　", "髙", "①", "ﾅﾏｴ",
	"山田", "1-2-3", "2023-03-14 23:59:59", "のし", "a", "0", "", "～", "=1+1",
}

func randomRow(rng *rand.Rand, columns int) []string {
	row := make([]string, columns)
	for i := range row {
		for range rng.IntN(1 + rng.IntN(8)) {
			row[i] += pieces[rng.IntN(len(pieces))]
		}
	}
	return row
}

// TestRandomRowsReadBackOrRefused writes rows made of the worst pieces and wants
// each of them back exactly, or refused: never anything else.
func TestRandomRowsReadBackOrRefused(t *testing.T) {
	for _, lineEnd := range []string{"\r\n", "\n"} {
		rng := rand.New(rand.NewPCG(1, 2))
		const rows, columns = 20000, 6
		exact, refused, hidden, wrong := 0, 0, 0, 0
		for range rows / 20 {
			exactly, bad := roundTrip(t, rng, 20, columns, lineEnd)
			exact += exactly.exact
			refused += bad
			hidden += exactly.hidden
			wrong += exactly.wrong
		}
		t.Logf("line end %q: %d rows, %d exact, %d refusals hiding %d rows, %d wrong", lineEnd, rows, exact, refused, hidden, wrong)
		if wrong > 0 {
			t.Errorf("line end %q: %d rows read that nobody wrote", lineEnd, wrong)
		}
		if exact < rows*9/10 {
			t.Errorf("line end %q: only %d of %d rows read", lineEnd, exact, rows)
		}
	}
}

type tally struct{ exact, hidden, wrong int }

// roundTrip writes rows and compares what comes back in order: every row read must
// be the next row written, but for rows that a refusal took with it.
func roundTrip(t *testing.T, rng *rand.Rand, rows, columns int, lineEnd string) (tally, int) {
	t.Helper()
	var b bytes.Buffer
	w := shopgen.NewExportWriter(&b, lineEnd)
	w.Write(slices.Collect(func(yield func(string) bool) {
		for i := range columns {
			if !yield(strings.Repeat("列", i+1)) {
				return
			}
		}
	})...)
	var want [][]string
	for range rows {
		row := randomRow(rng, columns)
		row[0] = "1" // a number, as in every export: no record is an empty line
		want = append(want, row)
		w.Write(row...)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, &b, shopcsv.Options{})
	var sum tally
	for _, row := range got.rows {
		i := slices.IndexFunc(want, func(w []string) bool { return slices.Equal(w, row) })
		if i < 0 {
			sum.wrong++
			continue
		}
		sum.exact++
		sum.hidden += i
		want = want[i+1:]
	}
	sum.hidden += len(want)
	if sum.hidden > 0 && len(got.errs) == 0 {
		t.Errorf("%d rows are missing without a word", sum.hidden)
	}
	return sum, len(got.errs)
}

func TestErrorsHoldNoCells(t *testing.T) {
	secret := "himitsu@example.com"
	file := "会員ID,名前\r\n" + secret + "\r\n\"" + secret + "\" x\r\n1,\x81" + secret + "\r\n"
	got := readAll(t, strings.NewReader(file), shopcsv.Options{Encoding: shopcsv.UTF8})
	if len(got.errs) != 3 {
		t.Errorf("%d refusals, want 3", len(got.errs))
	}
	for _, e := range got.errs {
		if strings.Contains(e.Error(), "himitsu") {
			t.Errorf("an error holds a cell")
		}
	}
	if errors.Is(got.errs[0], shopcsv.ErrEncoding) {
		t.Error("a bad row is not a bad file")
	}
}

// export writes rows as a shop does.
func export(tb testing.TB, lineEnd string, rows ...[]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := shopgen.NewExportWriter(&b, lineEnd)
	for _, row := range rows {
		if err := w.Write(row...); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
