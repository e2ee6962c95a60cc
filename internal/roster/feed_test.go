package roster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"exposure/internal/roster"
)

// manyOrders is the tiny shop with so many orders that reading is far ahead of their use.
func manyOrders(t *testing.T) roster.Options {
	s := tinyShop()
	for i := range 20_000 {
		s.add(roster.RoleOrders, fmt.Sprintf("%d,0,,田中,一郎,タナカ,イチロウ,ichiro.%d@example.jp,530,0001,大阪府,北区,4-5-6,銀行振込,5,0,2022-05-05 10:00:00,2", 1000+i, i))
	}
	return s.write(t)
}

// giveUp ends an import by its progress.
type giveUp struct {
	after int64 // bytes
	end   func()
}

func (g *giveUp) Begin(string, int64) {}
func (g *giveUp) End()                {}
func (g *giveUp) Add(n int64) {
	if g.after -= n; g.after <= 0 {
		g.end()
	}
}

func TestNothingIsLeftOfAnImportThatEnds(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("given up", func(t *testing.T) {
		o := manyOrders(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o.Progress = &giveUp{after: 10_000, end: cancel}
		if _, err := roster.ImportShop(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was given up", err)
		}
	})
	t.Run("refused while it is read", func(t *testing.T) {
		o := manyOrders(t)
		text := read(t, o.Files.Orders)
		write(t, o.Files.Orders, strings.ReplaceAll(text, ",北区,4-5-6,", ",4111111111111111,4-5-6,"))
		if _, err := roster.ImportShop(t.Context(), o); !errors.Is(err, roster.ErrForbidden) {
			t.Errorf("got %v, want that card numbers are refused", err)
		}
	})
	t.Run("hopeless", func(t *testing.T) {
		o := manyOrders(t)
		text := read(t, o.Files.Orders)
		write(t, o.Files.Orders, text+strings.Repeat("1,2,3\n", 150_000))
		if _, err := roster.ImportShop(t.Context(), o); !errors.Is(err, roster.ErrUnreadable) {
			t.Errorf("got %v, want that it cannot be read", err)
		}
	})
}

// Rejects come in the order of the file, whoever finds them: the reader, the guard or the
// rules of the shop.
func TestRejectsAreInTheOrderOfTheFile(t *testing.T) {
	o := manyOrders(t)
	lines := strings.SplitAfter(read(t, o.Files.Orders), "\n")
	for i := 100; i+10 < len(lines); i += 1000 {
		lines[i] = "1,2,3\n"                                                  // no order
		lines[i+1] = strings.Replace(lines[i+1], "北区", "4111111111111111", 1) // holds a card number
		lines[i+2] = lines[i+3]                                               // occurs twice
	}
	write(t, o.Files.Orders, strings.Join(lines, ""))
	r, err := roster.ImportShop(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, reject := range r.Rejects {
		if reject.File == "orders.csv" {
			got = append(got, reject.Line)
		}
	}
	if len(got) != 3*20 || !slices.IsSorted(got) {
		t.Errorf("%d rejects, want %d: lines %v", len(got), 3*20, got)
	}
}

// Wherever a file is cut, somebody is told, and nothing of the torn line is used.
func TestCutFilesAreNoticed(t *testing.T) {
	o := tinyShop().write(t)
	whole := read(t, o.Files.Members)
	all := tinyShop().importIt(t)
	last := strings.LastIndex(strings.TrimSuffix(whole, "\n"), "\n") + 1
	for n := last + 1; n < len(whole); n++ {
		write(t, o.Files.Members, whole[:n])
		r, err := roster.ImportShop(t.Context(), o)
		if err != nil {
			t.Fatalf("cut at %d of %d bytes: %v", n, len(whole), err)
		}
		if len(r.Rejects) != len(all.Rejects)+1 || !strings.Contains(fmt.Sprint(r.Rejects), "members.csv 5 ") {
			t.Errorf("cut at %d of %d bytes: rejects %v", n, len(whole), r.Rejects)
		}
	}
	write(t, o.Files.Members, strings.TrimSuffix(whole[:strings.Index(whole, "\n")], "\n"))
	if r, err := roster.ImportShop(t.Context(), o); err != nil || !strings.Contains(fmt.Sprint(r.Rejects), "members.csv 1 ") {
		t.Errorf("a header without a line end: %v", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
