package wording_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

var place = regexp.MustCompile(`\{[a-z_]+\}`)

func TestPageWordsExistInEveryLocale(t *testing.T) {
	words := wording.PageWords()
	if len(words) < 100 {
		t.Fatalf("only %d words", len(words))
	}
	for id, text := range words {
		var places []string
		for i, l := range breach.Locales() {
			s := text[l]
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s has no %s", id, l)
			}
			if strings.ContainsAny(place.ReplaceAllString(s, ""), "{}〔〕[]<>") {
				t.Errorf("%s (%s) has left-overs of a draft: %s", id, l, s)
			}
			here := place.FindAllString(s, -1)
			slices.Sort(here)
			if i == 0 {
				places = slices.Compact(here)
			} else if l == breach.English && !slices.Equal(places, slices.Compact(here)) && !freer[id] {
				t.Errorf("%s: %s has %v, Japanese has %v", id, l, here, places)
			}
		}
	}
}

// freer are words whose heading has said it already in English.
var freer = map[string]bool{"result.notice": true}

// What nobody may be promised, and what is never said of a code.
var neverOnPages = regexp.MustCompile(`安全|安心|問題ありません|対象外|大丈夫|違います|漏洩|無料|念のため|受贈者|(?i)\bsafe\b|not affected|wrong code`)

func TestPageWordsPromiseNothing(t *testing.T) {
	for id, text := range wording.PageWords() {
		for l, s := range text {
			if found := neverOnPages.FindString(s); found != "" {
				t.Errorf("%s (%s) says %q", id, l, found)
			}
		}
	}
}

var dates = regexp.MustCompile(`[0-9]+[年月日回分]`)

func TestEasyPageWordsAreReadable(t *testing.T) {
	s := wording.NewSpeller()
	for id, text := range wording.PageWords() {
		easy := dates.ReplaceAllString(place.ReplaceAllString(text[breach.EasyJapanese], "1"), "")
		whole := ""
		for _, part := range s.Spell(easy) {
			whole += part.Word
			if i := strings.IndexFunc(part.Word, func(r rune) bool { return unicode.Is(unicode.Han, r) }); i >= 0 && part.Kana == "" {
				t.Errorf("%s uses a kanji without a reading: %q", id, part.Word[i:])
			}
		}
		if whole != easy {
			t.Errorf("%s: spelling changed %q to %q", id, easy, whole)
		}
	}
}

func TestSpell(t *testing.T) {
	var got []string
	for _, r := range wording.NewSpeller().Spell("3月1日に 買い物の 名前旗を 入れた 日") {
		got = append(got, r.Word+"|"+r.Kana)
	}
	want := []string{"3月1日に |", "買い物|かいもの", "の |", "名前旗|なまえばた", "を |", "入れた|いれた", " |", "日|ひ"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the landing page publishes about subjects is true of the mails.
func TestPublishedSubjectsAreThoseOfTheMails(t *testing.T) {
	at := jst(t, "2023-07-25T05:35:00Z")
	for _, name := range []string{"tougyoku-2023", "harbour-2024"} {
		in := example(t, name)
		prefix, subjects := wording.MailSubjects(in)
		for _, m := range []wording.CodeMail{wording.WebCodeMail(in, "12345678", false, at), wording.PhoneCodeMail(in, "12345678", false, at)} {
			rest, ok := strings.CutPrefix(m.Subject, prefix)
			if !ok || !slices.Contains(subjects, strings.TrimSpace(rest)) {
				t.Errorf("the subject %q is not published", m.Subject)
			}
		}
	}
}
