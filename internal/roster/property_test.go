package roster_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/roster"
	"exposure/internal/roster/shopcsv"
	"exposure/internal/roster/shopgen"
)

// anyShop draws a shop of any system, size, form and clock.
func anyShop(t *rapid.T) shopgen.Options {
	o := rapid.SampledFrom(systems()).Draw(t, "system")
	o.Seed = rapid.Uint64Range(0, 1<<20).Draw(t, "seed")
	o.Members = rapid.IntRange(0, 30).Draw(t, "members")
	o.Orders = rapid.IntRange(1, 90).Draw(t, "orders")
	o.Quirks = rapid.Bool().Draw(t, "quirks")
	o.Encoding = rapid.SampledFrom([]string{"", shopgen.CP932, shopgen.UTF8, shopgen.UTF8BOM}).Draw(t, "encoding")
	o.Newline = rapid.SampledFrom([]string{"", "\n", "\r\n"}).Draw(t, "newline")
	o.ShuffleRows, o.ShuffleColumns = rapid.Bool().Draw(t, "rows out of order"), rapid.Bool().Draw(t, "columns out of order")
	zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Tokyo", "UTC", "America/New_York"}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	o.Zone = zone
	return o
}

// folder is emptied after each draw: rapid has no such thing, and shrinking draws many.
func folder(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Whatever the encoding, the line ends, the order of rows and columns and the clock: the
// answers are the truth.
func TestAnyShopImportsToTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyShop(t)
		s := shopgen.New(o)
		agree(t, s, importing(t, s, o.Profile, folder(t)))
	})
}

// sheet is a file as it was read back, to be changed and written again.
type sheet struct {
	path   string
	header []string
	rows   [][]string
}

func readSheet(t tester, path string) *sheet {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := shopcsv.NewReader(bytes.NewReader(src), shopcsv.Options{})
	header, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	x := &sheet{path: path, header: slices.Clone(header)}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return x
		}
		if err != nil {
			t.Fatal(err)
		}
		x.rows = append(x.rows, slices.Clone(row.Fields))
	}
}

// without is the same sheet, one column fewer.
func (x *sheet) without(at int) *sheet {
	short := func(row []string) []string { return slices.Delete(slices.Clone(row), at, at+1) }
	fewer := &sheet{path: x.path, header: short(x.header)}
	for _, row := range x.rows {
		fewer.rows = append(fewer.rows, short(row))
	}
	return fewer
}

// write writes the sheet in the plainest form there is.
func (x *sheet) write(t tester) {
	var b bytes.Buffer
	w := shopgen.NewWriter(&b, shopgen.Style{Encoding: shopgen.UTF8, LineEnd: "\n", Quoting: shopgen.RFC4180})
	for _, row := range append([][]string{x.header}, x.rows...) {
		_ = w.Write(row...) // Flush tells
	}
	if err := errors.Join(w.Flush(), os.WriteFile(x.path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// filesOf are the paths of an import, by role.
func filesOf(o roster.Options) map[string]string {
	all := map[string]string{
		"members": o.Files.Members, "orders": o.Files.Orders, "items": o.Files.Items,
		"deliveries": o.Files.Deliveries, "settlements": o.Files.Settlements,
	}
	for role, path := range all {
		if path == "" {
			delete(all, role)
		}
	}
	return all
}

func anyFile(t *rapid.T, o roster.Options) string {
	all := filesOf(o)
	var roles []string
	for _, role := range []string{"members", "orders", "items", "deliveries", "settlements"} {
		if all[role] != "" {
			roles = append(roles, role)
		}
	}
	return all[rapid.SampledFrom(roles).Draw(t, "file")]
}

// A row that stands twice changes no answer: at worst it is a reject.
func TestRowsThatStandTwiceChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyShop(t)
		s := shopgen.New(o)
		how := importing(t, s, o.Profile, folder(t))
		x := readSheet(t, anyFile(t, how))
		if len(x.rows) == 0 {
			return
		}
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			at := rapid.IntRange(0, len(x.rows)-1).Draw(t, "row")
			x.rows = slices.Insert(x.rows, at, x.rows[at])
		}
		x.write(t)
		r, err := roster.ImportShop(t.Context(), how)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(answersOfTruth(t, s), answersOfImport(t, r)); d != "" {
			t.Errorf("(-truth +import):\n%s", d)
		}
	})
}
