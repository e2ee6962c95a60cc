package profile_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"exposure/internal/roster/profile"
)

// least is the shortest mapping file that says something.
const least = `name: s
times: ["2006-01-02 15:04:05"]
settlement: {approved: [承認], other: [否認]}
layouts:
  - file: settlements
    holds:
      settlements:
        order_id: {names: [注文番号]}
        action: {names: [処理区分]}
        processed_at: {names: [処理日時]}
`

func TestMistakesAreFoundWhereTheyAre(t *testing.T) {
	if _, err := profile.Parse("s.yaml", []byte(least)); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		what, old, new string
		line, column   int
		says           string
	}{
		{"a key nobody knows", "times:", "tines:", 2, 1, `the file has no key "tines"; it may have name, title, times`},
		{"no name", "name: s", "title: s", 1, 1, `the file lacks "name"`},
		{"an unquoted number", "name: s", "name: 1", 1, 7, "name must be text: put it in quotes"},
		{"a layout of time without a day", "2006-01-02 15:04:05", "15:04", 2, 8, "tells no day"},
		{"a day among the times", "2006-01-02 15:04:05", "2006-01-02", 2, 8, "give it under days"},
		{"one word with two meanings", "other: [否認]", "other: [承認]", 3, 13, `"承認" stands in two of the lists`},
		{"an unknown role", "file: settlements", "file: payments", 5, 11, `file cannot be "payments"; it is one of members, orders`},
		{"an unknown kind of record", "      settlements:", "      payments:", 7, 7, `holds cannot have "payments"`},
		{"an unknown field", "        action:", "        akshun:", 9, 9, `holds settlements has no field "akshun"; it may have transaction_id, order_id, action`},
		{"a needed field is gone", "        action: {names: [処理区分]}\n", "", 7, 7, `holds settlements lacks the field "action"`},
		{"no column at all", "{names: [処理区分]}", "{need: always}", 9, 17, "action needs one of names"},
		{"two ways to find a column", "{names: [処理区分]}", `{names: [処理区分], constant: "1"}`, 9, 17, "action needs one of names"},
		{"an empty list of names", "[処理区分]", `[""]`, 9, 26, "names has an empty entry"},
		{"an impossible nth", "{names: [処理区分]}", "{names: [処理区分], nth: 0}", 9, 38, "nth must be a number from 1 to 9"},
		{"an unknown need", "{names: [処理区分]}", "{names: [処理区分], need: maybe}", 9, 39, `need cannot be "maybe"; it is one of always, unless_accepted`},
		{"an unknown grain", "    holds:", "    grain: rows\n    holds:", 6, 12, `grain cannot be "rows"; it is one of record, item, first_row_only`},
		{"a record the layout does not hold", "    holds:", "    carried_by: {orders: placed_at}\n    holds:", 6, 18, `carried_by names "orders", which this layout does not hold`},
		{"a key twice", "name: s\n", "name: s\nname: t\n", 2, 1, `"name"`},
		{"broken brackets", "other: [否認]", "other: [否認", 3, 0, ""},
		{"an anchor", "name: s", "name: &a s", 1, 7, "anchors and aliases are not used"},
		{"not UTF-8", "name: s", "name: \x8f\x5c", 1, 7, "this is not UTF-8 text"},
		{"what must be shown is not there", "    holds:", "    must_show: {role: orders, field: status, values: [\"7\"], waiver: w, why: x}\n    holds:", 6, 16, `this layout has no field "status" of orders`},
		{"settlements without words", "settlement: {approved: [承認], other: [否認]}\n", "", 4, 3, `needs "settlement" with "approved"`},
	} {
		if !strings.Contains(least, k.old) {
			t.Fatalf("%s: the mapping file does not say %q", k.what, k.old)
		}
		_, err := profile.Parse("s.yaml", []byte(strings.Replace(least, k.old, k.new, 1)))
		var e *profile.Error
		if !errors.As(err, &e) || !errors.Is(err, profile.ErrMapping) {
			t.Errorf("%s: got %v, want a mistake", k.what, err)
			continue
		}
		if e.Line != k.line || k.column > 0 && e.Column != k.column || !strings.Contains(err.Error(), k.says) {
			t.Errorf("%s: want %d:%d and %q, got\n%v", k.what, k.line, k.column, k.says, err)
		}
		if e.Excerpt == "" || !strings.Contains(e.Excerpt, "^") {
			t.Errorf("%s: no excerpt: %v", k.what, err)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	src := strings.NewReplacer("approved", "aproved", "order_id", "order", "15:04:05", "").Replace(least)
	_, err := profile.Parse("s.yaml", []byte(src))
	if err == nil {
		t.Fatal("no mistake found")
	}
	for _, want := range []string{`no key "aproved"`, `no field "order"`, `lacks the field "order_id"`, "give it under days", "s.yaml:2:8: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "s.yaml:"); n > 20 {
		t.Errorf("%d mistakes are listed", n)
	}
}

// TestForgottenFactsAreRefused: a mapping that does not mention what exports hide must not
// let it pass in silence.
func TestForgottenFactsAreRefused(t *testing.T) {
	src := `name: s
times: ["2006-01-02 15:04:05"]
layouts:
  - file: orders
    holds:
      orders:
        order_id: {names: [番号]}
        email: {names: [メール]}
        name: {names: [名前]}
        address: {names: [住所]}
        payment_method: {names: [支払]}
        placed_at: {names: [日時]}
`
	p, err := profile.Parse("s.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	h := []string{"番号", "メール", "名前", "住所", "支払", "日時"}
	_, err = p.Match(profile.Orders, "o.csv", h, profile.MatchOptions{})
	refused(t, err, "generic", "--accept-missing status", "--accept-missing device", "--accept-missing deleted")
	if _, err = p.Match(profile.Orders, "o.csv", h, profile.MatchOptions{AcceptMissing: []string{"Status", "device", "deleted"}}); err != nil {
		t.Error(err)
	}
	optional := strings.Replace(src, "{names: [メール]}", `{names: [メール], need: ""}`, 1)
	if p, err = profile.Parse("s.yaml", []byte(optional)); err != nil {
		t.Fatal(err)
	}
	_, err = p.Match(profile.Orders, "o.csv", h[2:], profile.MatchOptions{AcceptMissing: []string{"status", "device", "deleted"}})
	refused(t, err, "generic", "番号", "メール")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	f.Add(profile.Template())
	f.Add([]byte("name: [\n"))
	f.Add([]byte("layouts: [{file: orders, holds: {orders: {name: {join: []}}}}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := profile.Parse("f.yaml", src)
		if err == nil {
			if p.Name == "" {
				t.Error("a profile without a name")
			}
			for _, r := range profile.Roles() {
				if _, err := p.Match(r, "f.csv", []string{"", "a", "a"}, profile.MatchOptions{}); err != nil && !utf8.ValidString(err.Error()) {
					t.Error("a refusal is not UTF-8")
				}
			}
			return
		}
		var e *profile.Error
		if !errors.As(err, &e) || e.Line < 0 || e.Column < 0 || !errors.Is(err, profile.ErrMapping) {
			t.Errorf("no place: %v", err)
		}
	})
}

// FuzzMatch: no header may crash, be repeated, or yield columns that are not there.
func FuzzMatch(f *testing.F) {
	for _, h := range [][]string{templateHeader(), {"注文番号", "処理区分", "処理日時", "カード識別子"}, {""}} {
		f.Add(strings.Join(h, "\x00"), "状態", "7")
	}
	own := template(f)
	two, err := profile.Builtin("eccube2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, joined, accept, cell string) {
		h := strings.Split(joined, "\x00")
		o := profile.MatchOptions{AcceptMissing: []string{accept, "gender", "birth_date", "status", "deleted", "device"}, NotCard: []string{accept}}
		fields := make([]string, len(h))
		for i := range fields {
			fields[i] = cell
		}
		profile.Recognise(h)
		profile.RefuseSecrets(h, []string{accept})
		for _, p := range []*profile.Profile{own, two} {
			for _, r := range profile.Roles() {
				c, err := p.Match(r, "f.csv", h, o)
				if err != nil {
					if !errors.Is(err, profile.ErrHeader) {
						t.Errorf("no refusal of the header: %v", err)
					}
					continue
				}
				if c.Len() != len(h) {
					t.Errorf("%d columns of %d", c.Len(), len(h))
				}
				for _, r := range c.Holds() {
					row := c.Row(fields, 1)
					for _, field := range []profile.Field{profile.OrderID, profile.Name, profile.Address, profile.PlacedAt, profile.Email} {
						if got := row.Get(r, field); got != "" && !c.Has(r, field) {
							t.Errorf("%s of %s is %q and not there", field, r, got)
						}
					}
				}
			}
		}
	})
}

// TestConstantsAreWordsOfTheirProfile: what a profile says of every row must be a word that
// it explains, or no file of that system could be read.
func TestConstantsAreWordsOfTheirProfile(t *testing.T) {
	src := strings.Replace(least, "layouts:", `layouts:
  - file: orders
    holds:
      orders:
        order_id: {names: [番号]}
        email: {names: [メール]}
        name: {names: [名前]}
        address: {names: [住所]}
        payment_method: {names: [支払]}
        placed_at: {names: [日時]}
        deleted: {constant: "0"}`, 1)
	for with, want := range map[string]string{
		"":                                    `needs "yes" and "no"`,
		"\"yes\": [\"1\"]\n\"no\": [\"2\"]\n": `the constant "0" is in neither "yes" nor "no"`,
		"\"yes\": [\"1\"]\n\"no\": [\"0\"]\n": "",
	} {
		_, err := profile.Parse("s.yaml", []byte(with+src))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("with %q: got %v, want %q", with, err, want)
		}
	}
}
