package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/roster"
	"exposure/internal/roster/shopgen"
)

// optional are columns that a shop may well not have. Without them people cannot be told
// who could be told with them: a mobile address that is nobody's, and an addressee of the
// buyer's reading.
func optional(column string) bool {
	column = strings.ToLower(column)
	for _, part := range []string{"携帯", "フリガナ", "カナ", "セイ", "メイ"} {
		if strings.Contains(column, part) {
			return true
		}
	}
	return false
}

// A file without one of its columns is refused, or says the same without it: every column
// of every file of every shop system.
func TestEachColumnThatIsMissingIsNoticed(t *testing.T) {
	for _, o := range systems() {
		t.Run(o.Profile+" "+o.Version, func(t *testing.T) {
			t.Parallel()
			o.Seed, o.Members, o.Orders, o.Quirks = 5, 40, 120, true
			s := shopgen.New(o)
			how := importing(t, s, o.Profile, t.TempDir())
			for role, path := range filesOf(how) {
				x := readSheet(t, path)
				for at, name := range x.header {
					if !optional(name) {
						x.without(at).write(t)
						refusedOrTrue(t, s, how, role+" without "+name)
					}
				}
				x.write(t)
			}
		})
	}
}

// The same of one column of any shop.
func TestAColumnThatIsMissingIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyShop(t)
		s := shopgen.New(o)
		how := importing(t, s, o.Profile, folder(t))
		x := readSheet(t, anyFile(t, how))
		at := rapid.IntRange(0, len(x.header)-1).Draw(t, "column")
		if optional(x.header[at]) {
			return
		}
		x.without(at).write(t)
		refusedOrTrue(t, s, how, "without "+x.header[at])
	})
}

// Without the codes by which engraved products are known, no buyer of one is told that
// they bought none.
func TestWithoutCodesNothingIsKnownToBePlain(t *testing.T) {
	s := shopgen.New(shopgen.Options{Profile: "generic", Members: 60, Seed: 3})
	how := importing(t, s, "generic", t.TempDir())
	mapping, err := os.ReadFile(how.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	mapping = bytes.Replace(mapping, []byte("商品番号], need: always"), []byte("商品番号]"), 1)
	if err := os.WriteFile(how.Mapping, mapping, 0o600); err != nil {
		t.Fatal(err)
	}
	x := readSheet(t, how.Files.Items)
	x.without(slices.Index(x.header, "商品番号")).write(t)
	r, err := roster.ImportShop(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	found, unsure := answersOfImport(t, r), 0
	for key, want := range answersOfTruth(t, s) {
		if slices.Contains(want.Flags, "engraved") && !slices.Contains(found[key].Flags, "engraved") {
			unsure++
			if !slices.Contains(found[key].Flags, "engraved?") {
				t.Errorf("%s bought something engraved and is told nothing of it", key)
			}
		}
	}
	if unsure == 0 {
		t.Error("nobody bought anything that only its code gives away")
	}
}

// refusedOrTrue wants an error, a reject or nothing but the truth.
func refusedOrTrue(t tester, s *shopgen.Shop, how roster.Options, what string) {
	r, err := roster.ImportShop(t.Context(), how)
	if err != nil || len(r.Rejects) > 0 || r.Committable() != nil {
		return
	}
	if d := cmp.Diff(answersOfTruth(t, s), answersOfImport(t, r)); d != "" {
		t.Errorf("%s: taken without a word (-truth +import):\n%s", what, d)
	}
}

// A file that was cut in the middle of a row, or in which bytes were lost or changed into
// none of the encoding, is refused or has rejects.
func TestDamagedFilesAreNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyShop(t)
		o.Encoding = ""
		s := shopgen.New(o)
		how := importing(t, s, o.Profile, folder(t))
		path := anyFile(t, how)
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head := bytes.IndexByte(src, '\n') + 1
		if head >= len(src)-2 {
			return
		}
		at := rapid.IntRange(head+1, len(src)-2).Draw(t, "at")
		damage := rapid.SampledFrom([]string{"cut", "an impossible byte", "a NUL"}).Draw(t, "damage")
		switch damage {
		case "cut":
			if src[at-1] == '\n' {
				return
			}
			src = src[:at]
		case "an impossible byte":
			src = slices.Insert(src, at, 0xFF)
		default:
			src[at] = 0
		}
		if err := os.WriteFile(path, src, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := roster.ImportShop(t.Context(), how)
		if err == nil && len(r.Rejects) == 0 {
			t.Errorf("%s at byte %d of %d of %s: nobody noticed", damage, at, len(src), filepath.Base(path))
		}
	})
}

// A file given for another one is refused, and so are words that nobody has classified.
func TestWrongFilesAndWordsAreRefused(t *testing.T) {
	for _, o := range systems() {
		o.Members, o.Quirks, o.Seed = 40, true, 4
		s := shopgen.New(o)
		t.Run(fmt.Sprint(o.Profile, " ", o.Version), func(t *testing.T) {
			how := importing(t, s, o.Profile, t.TempDir())
			swapped := how
			swapped.Files.Members, swapped.Files.Orders = how.Files.Orders, how.Files.Members
			if _, err := roster.ImportShop(t.Context(), swapped); !errors.Is(err, roster.ErrHeader) {
				t.Errorf("members and orders swapped: %v", err)
			}
			for _, column := range []string{
				"支払い方法", "支払方法(名称)", "決済方法", "payment method", "端末種別id", "注文経路", "source", "対応状況", "対応状況(id)", "処理状況",
			} {
				x := readSheet(t, how.Files.Orders)
				at := slices.IndexFunc(x.header, func(h string) bool { return strings.ToLower(h) == column })
				if at < 0 {
					continue
				}
				original, _ := os.ReadFile(x.path)
				spoil(x, at)
				x.write(t)
				if _, err := roster.ImportShop(t.Context(), how); !errors.Is(err, roster.ErrUnclassified) {
					t.Errorf("an unheard-of word in %s: %v", column, err)
				}
				if err := os.WriteFile(x.path, original, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// spoil writes a word that no shop uses into all rows of one order.
func spoil(x *sheet, column int) {
	spoiled := slices.IndexFunc(x.rows, func(row []string) bool { return row[column] != "" })
	for _, row := range x.rows {
		if row[0] == x.rows[spoiled][0] && row[column] != "" {
			row[column] = "いままでにない"
		}
	}
}
