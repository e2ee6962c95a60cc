package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/otp"
)

// TestALongCodeWithoutAMail: while no code can be mailed to anybody, somebody with a long code
// is led past that, without a script, and is never told that a mail was sent.
func TestALongCodeWithoutAMail(t *testing.T) {
	for name, spoil := range map[string]func(w *world, b *browser){
		"the budget is spent": func(_ *world, b *browser) { b.ask("first@example.jp", "") },
		"the outbox is full":  func(w *world, _ *browser) { w.faults["enqueue"] = otp.ErrOutboxFull },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, example(t, "tougyoku-2023"))
			w.answers[w.tag(t, hanako)] = guest()
			b := newBrowser(t, w.open(t, "send-global=1/24h"))
			spoil(w, b)
			trouble := b.post("/lookup", "address", hanako).want(t, http.StatusServiceUnavailable, "trouble", "no-mail")
			if !strings.Contains(textOf(trouble.byID("main")), "届くことがあります") {
				t.Error("the page does not say that a mail may come")
			}
			form := b.get(attr(trouble.byID("held"), "href")).want(t, http.StatusOK, "held", "")
			mails := w.mails
			code := b.submit(form, "address-form", "address", "ｈａｎａｋｏ＠example.jp").want(t, http.StatusOK, "code", "held")
			if said := textOf(code.byID("sent")); !strings.Contains(said, hanako) || !strings.Contains(said, "20けた") || strings.Contains(said, "送りました") {
				t.Errorf("the page says %q", said)
			}
			b.get(code.path).want(t, http.StatusOK, "code", "held") // reloading changes nothing
			b.get(attr(code.byID("change"), "href")).want(t, http.StatusOK, "held", "")
			again := b.submit(code, "resend-form").want(t, http.StatusServiceUnavailable, "trouble", "no-mail")
			if again.byID("held") != nil || attr(again.byID("back"), "href") != code.path {
				t.Error("who asked for a mail on the page for the code is led away from it")
			}
			code = b.submit(code, "code-form", "code", "12345678901234567890").want(t, http.StatusOK, "code", "refused4")
			w.right = true
			b.submit(code, "code-form", "code", "1234-5678-9012-3456-7890").want(t, http.StatusOK, "result", "listed")
			if w.mails > mails+1 || w.redeemed != 2 { // one was asked for, by the button
				t.Errorf("%d mails were asked for, %d codes judged", w.mails-mails, w.redeemed)
			}
		})
	}
}

// TestALongCodeIsAQuietWayIn: from the first page and from the one that asks for an address,
// and back; and a code can be asked for on the page after all.
func TestALongCodeIsAQuietWayIn(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	for path, id := range map[string]string{"/?lang=en": "start-held", "/lookup?lang=en": "held"} {
		form := b.get(attr(b.get(path).byID(id), "href")).want(t, http.StatusOK, "held", "")
		b.get(attr(form.byID("no-code"), "href")).want(t, http.StatusOK, "address", "")
	}
	typo := b.post("/long-code?lang=en", "address", "hanako@docomo.co.jp").want(t, http.StatusOK, "held", "typo")
	code := b.submit(typo, "address-form", "address", "hanako@docomo.co.jp", "use", "corrected").want(t, http.StatusOK, "code", "held")
	if !strings.Contains(textOf(code.byID("sent")), "hanako@docomo.ne.jp") || w.mails != 0 {
		t.Errorf("the correction: %q, %d mails", textOf(code.byID("sent")), w.mails)
	}
	code = b.submit(code, "resend-form").want(t, http.StatusOK, "code", "resent")
	if said := textOf(code.byID("sent")); !strings.Contains(said, "We sent a code to hanako@docomo.ne.jp") || w.mails != 1 || code.byID("lost") == nil {
		t.Errorf("after a mail was asked for: %q, %d mails", said, w.mails)
	}
	late := b.post("/long-code?lang=en", "address", hanako)
	w.now = w.now.Add(time.Hour)
	over := b.get(late.path).want(t, http.StatusOK, "over", "")
	b.submit(over, "restart-form").want(t, http.StatusOK, "code", "ready")
	w.now = w.incident.ClosesAt
	b.get("/long-code").want(t, http.StatusGone, "trouble", "incident-closed")
	b.post("/long-code", "address", hanako).want(t, http.StatusGone, "trouble", "incident-closed")
	if b.get("/").byID("start-held") != nil {
		t.Error("the way in is shown after the end")
	}
}
