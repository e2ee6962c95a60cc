package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
)

const hanako = "hanako@example.jp"

func exposure(cohort breach.CohortID, categories ...breach.CategoryID) breach.Exposure {
	e := breach.Exposure{Cohort: cohort}
	for _, c := range categories {
		e.Categories = append(e.Categories, breach.Exposed{Category: c, Certainty: breach.Possible})
	}
	return e
}

func guest() breach.Answer {
	return breach.Answer{Persons: []breach.Person{{
		Ref: 1, Kind: breach.KindGuest, Edge: breach.EdgeOther,
		Exposures: []breach.Exposure{exposure("purchaser", "name", "address", "phone", "email", "delivery_destination")},
	}}}
}

// TestJourney goes from the first page to the end, as somebody without scripts does.
func TestJourney(t *testing.T) {
	for _, lang := range []string{"", "?lang=ja", "?lang=en", "?lang=ja-easy"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, example(t, "tougyoku-2023"))
			w.answers[w.tag(t, hanako)] = guest()
			b := newBrowser(t, w.open(t, ""))
			start := b.get("/"+lang).want(t, http.StatusOK, "landing", "open")
			form := b.get(attr(start.byID("start"), "href")).want(t, http.StatusOK, "address", "")
			code := b.submit(form, "address-form", "address", "ｈａｎａｋｏ＠example.jp").want(t, http.StatusOK, "code", "ready")
			if !strings.Contains(textOf(code.byID("sent")), hanako) {
				t.Errorf("the folded address is not shown back: %s", textOf(code.byID("sent")))
			}
			code = b.submit(code, "code-form", "code", "12345678").want(t, http.StatusOK, "code", "refused4")
			b.get(code.path).want(t, http.StatusOK, "code", "refused4") // reloading repeats nothing
			if w.redeemed != 1 || w.mails != 1 {
				t.Fatalf("%d guesses and %d mails", w.redeemed, w.mails)
			}
			w.right = true
			result := b.submit(code, "code-form", "code", "確認コード: １２３４－５６７８").want(t, http.StatusOK, "result", "listed")
			if got := textOf(result.byID("checked-address")); got != hanako {
				t.Errorf("the address checked reads %q", got)
			}
			b.get(code.path).want(t, http.StatusOK, "used", "") // back
			b.get(result.path).want(t, http.StatusOK, "result", "listed")
			b.submit(result, "finish-form").want(t, http.StatusOK, "finished", "")
			gone := b.get(result.path).want(t, http.StatusUnauthorized, "trouble", "unauthenticated")
			if strings.Contains(gone.body, hanako) {
				t.Error("something personal is left after the end")
			}
		})
	}
}

func TestResendAndItsLimits(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	code := b.ask(hanako, "?lang=en")
	code = b.submit(code, "resend-form").want(t, http.StatusOK, "code", "early")
	if w.mails != 1 {
		t.Fatalf("%d mails, want 1: it was too early for another", w.mails)
	}
	for i := range 2 {
		w.now = w.now.Add(61 * time.Second)
		code = b.submit(code, "resend-form").want(t, http.StatusOK, "code", "resent")
		if w.mails != i+2 {
			t.Fatalf("%d mails, want %d", w.mails, i+2)
		}
	}
	w.now = w.now.Add(61 * time.Second)
	code = b.submit(code, "resend-form").want(t, http.StatusOK, "code", "limit")
	if got := textOf(code.byID("mail-status")); !strings.Contains(got, "12:15 (JST)") || w.mails != 3 {
		t.Errorf("after three mails: %d mails, %q", w.mails, got)
	}
	w.right = true // a code that was mailed before still works
	b.submit(code, "code-form", "code", "12345678").want(t, http.StatusOK, "result", "not_listed")
}

// TestTwoTabs: two look-ups in one browser do not disturb each other, and finishing ends both.
func TestTwoTabs(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.answers[w.tag(t, hanako)] = guest()
	b := newBrowser(t, w.open(t, ""))
	one, two := b.ask(hanako, ""), b.ask("taro@example.jp", "")
	w.right = true
	listed := b.submit(one, "code-form", "code", "12345678").want(t, http.StatusOK, "result", "listed")
	other := b.submit(two, "code-form", "code", "12345678").want(t, http.StatusOK, "result", "not_listed")
	b.get(listed.path).want(t, http.StatusOK, "result", "listed")
	b.get(other.path).want(t, http.StatusOK, "result", "not_listed")
	b.submit(other, "finish-form").want(t, http.StatusOK, "finished", "")
	for _, path := range []string{listed.path, other.path, "/result"} {
		b.get(path).want(t, http.StatusUnauthorized, "trouble", "unauthenticated")
	}
	b.get(one.path).want(t, http.StatusOK, "gone", "")
}

func TestFiveTries(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	page := b.ask(hanako, "")
	for _, state := range []string{"refused4", "refused3", "refused2", "refused1"} {
		page = b.submit(page, "code-form", "code", "12345678").want(t, http.StatusOK, "code", state)
	}
	page = b.submit(page, "code-form", "code", "12345678").want(t, http.StatusOK, "refused", "")
	b.submit(page, "restart-form").want(t, http.StatusOK, "code", "ready") // same address, a new code
	if w.mails != 2 {
		t.Errorf("%d mails, want 2", w.mails)
	}
}

// TestYesterdaysPage: a page left open keeps the address and says that its time is over.
func TestYesterdaysPage(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	page := b.ask(hanako, "")
	w.now = w.now.Add(61 * time.Minute)
	over := b.submit(page, "code-form", "code", "12345678").want(t, http.StatusOK, "over", "")
	if w.redeemed != 0 {
		t.Error("a code was judged after its time")
	}
	code := b.submit(over, "restart-form").want(t, http.StatusOK, "code", "ready")
	if !strings.Contains(textOf(code.byID("sent")), hanako) {
		t.Error("the address has to be typed again")
	}
}

func TestTypos(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	form := b.get("/lookup?lang=en")
	typo := b.submit(form, "address-form", "address", "hanako@docomo.co.jp").want(t, http.StatusOK, "address", "typo")
	if got := attr(typo.byID("address"), "value"); got != "hanako@docomo.co.jp" || w.mails != 0 {
		t.Fatalf("the field holds %q, %d mails", got, w.mails)
	}
	fixed := b.submit(typo, "address-form", "address", "hanako@docomo.co.jp", "use", "corrected").want(t, http.StatusOK, "code", "ready")
	if !strings.Contains(textOf(fixed.byID("sent")), "hanako@docomo.ne.jp") {
		t.Error("the correction was not used")
	}
	kept := b.submit(typo, "address-form", "address", "hanako@docomo.co.jp", "use", "typed").want(t, http.StatusOK, "code", "ready")
	if !strings.Contains(textOf(kept.byID("sent")), "hanako@docomo.co.jp") {
		t.Error("what was typed on purpose was changed")
	}
}
