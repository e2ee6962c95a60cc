package breach_test

import (
	"testing"

	"exposure/internal/breach"
)

func TestTri(t *testing.T) {
	all := []breach.Tri{breach.No, breach.Unknown, breach.Yes}
	for i, a := range all {
		for j, b := range all {
			if got := a.Or(b); got != all[max(i, j)] {
				t.Errorf("%v or %v = %v, want %v", a, b, got, all[max(i, j)])
			}
		}
	}
	var unsaid breach.Tri
	if unsaid != breach.Unknown || breach.TriOf(true) != breach.Yes || breach.TriOf(false) != breach.No {
		t.Error("a field nobody filled in must be unknown")
	}
	if breach.Yes.String() != "yes" || breach.No.String() != "no" || breach.Unknown.String() != "unknown" {
		t.Error("the names differ")
	}
}

func TestTextFallsBack(t *testing.T) {
	for _, c := range []struct {
		text   breach.Text
		locale breach.Locale
		want   string
	}{
		{breach.Text{"ja": "日", "en": "day", "ja-easy": "ひ"}, breach.EasyJapanese, "ひ"},
		{breach.Text{"ja": "日", "en": "day"}, breach.EasyJapanese, "日"},
		{breach.Text{"en": "day"}, breach.EasyJapanese, "day"},
		{breach.Text{"en": "day"}, breach.Japanese, "day"},
		{breach.Text{"ja": "日"}, breach.English, "日"},
		{breach.Text{"ja": "日", "en": ""}, breach.English, ""}, // empty on purpose
		{breach.Text{"ja": "日"}, "fr", "日"},
		{nil, breach.Japanese, ""},
	} {
		if got := c.text.In(c.locale); got != c.want {
			t.Errorf("%v in %s = %q, want %q", c.text, c.locale, got, c.want)
		}
	}
}

func TestClosedAt(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	for s, want := range map[string]bool{"2024-03-31T23:59:59+09:00": false, "2024-04-01T00:00:00+09:00": true, "2024-03-31T15:00:00Z": true} {
		if got := inc.ClosedAt(at(t, s)); got != want {
			t.Errorf("closed at %s = %v", s, got)
		}
	}
	if load(t, "harbour-2024").ClosedAt(at(t, "2099-01-01T00:00:00Z")) {
		t.Error("an incident without an end closed by itself")
	}
}

func TestListed(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	open := breach.Person{Review: []breach.Open{{Reason: breach.UnclearRecord}}, FirstNotice: true}
	if (breach.Answer{}).Listed() || (breach.Answer{Persons: []breach.Person{open}}).Listed() {
		t.Error("nobody in particular is listed")
	}
	if !(breach.Answer{Persons: []breach.Person{open, person(inc, "C", nil)}}).Listed() {
		t.Error("a recipient is not listed")
	}
}

func TestTagPrintsShort(t *testing.T) {
	if got := (breach.Tag{0xab, 0xcd, 0xef, 0x01, 0x23}).String(); got != "abcdef01" {
		t.Errorf("a tag prints as %q", got)
	}
}
