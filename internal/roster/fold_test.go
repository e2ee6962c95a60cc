package roster_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"exposure/internal/roster"
)

// White space of any kind, width, dashes and hiragana for katakana make nobody somebody
// else.
func TestSpellingsOfOnePerson(t *testing.T) {
	var rows []string
	add := func(name, kana, zip, address string) {
		cells := strings.Split(name+","+kana+","+zip+","+address, ",")
		rows = append(rows, fmt.Sprintf(`100,%d,"%s"`, len(rows)+10, strings.Join(cells, `","`)))
	}
	for _, r := range unicode.White_Space.R16 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			add("海"+string(c)+"野,いるか", "ウミノ,イルカ", "150,0001", "東京都,渋谷区"+string(c)+"1ー2ー3,ハイツータワー101")
		}
	}
	for _, dash := range "-‐‑‒–—―−ー－" {
		add("海野,いるか", "うみの,いるか", "１５０,〒0001", "東京都,渋谷区１"+string(dash)+"２"+string(dash)+"３,ハイツータワー１０１")
	}
	s := tinyShop().add(roster.RoleDeliveries, rows...)
	var keys []string
	for p := range s.importIt(t).People() {
		if strings.Contains(p.Key, "海") {
			keys = append(keys, p.Key)
		}
	}
	if want := "[R:海野いるか|1500001|東京都渋谷区1-2-3ハイツータワー101]"; fmt.Sprint(keys) != want {
		t.Errorf("got %q, want %s", keys, want)
	}
}

// Times that are none are rejects, however much they look like one; all others are read
// to the microsecond, and cut off there.
func TestTimes(t *testing.T) {
	cutOff := map[string]bool{ // whether the registration is before the 17th of March 2023
		"2023-03-16 23:59:59": true, "2023-03-16 23:59:59.9999999": true, "2023-03-17 00:00:00": false,
		"2023-03-16 23:59:59.999999": true, "2024-02-29 10:00:00": false, "2020-02-29 10:00:00.5": true,
		"2019-12-31 23:59:59.1": true, "2023-01-31 00:00:00": true, "2023-03-16 23:59:59.99999999999": true,
	}
	for _, bad := range []string{
		"2023-02-29 10:00:00", "2023-04-31 10:00:00", "2023-13-01 10:00:00", "2023-00-01 10:00:00", "2023-01-00 10:00:00",
		"2023-01-01 24:00:00", "2023-01-01 10:60:00", "2023-01-01 10:00:60", "2023-01-01 10:00:00.", "2023-01-01 10:00:00.1x",
		"2023/01-01 10:00:00", "2023-01-01 10:00", "2O23-01-01 10:00:00", "2023-01-01 10:00:00 ?",
	} {
		r := tinyShop().replace(roster.RoleMembers, "2019-01-01 00:00:00", bad).importIt(t)
		if len(r.Rejects) == 0 {
			t.Errorf("%s is read as a time", bad)
		}
	}
	for good, before := range cutOff {
		r := tinyShop().replace(roster.RoleMembers, "2019-01-01 00:00:00", good).importIt(t)
		if len(r.Rejects) > 0 {
			t.Errorf("%s: %v", good, r.Rejects)
		}
		got := false
		for p := range r.People() {
			got = got || p.Key == "M:2"
		}
		if got != before {
			t.Errorf("%s: on the list %v, want %v", good, got, before)
		}
	}
}
