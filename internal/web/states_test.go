package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
)

// Everything a person may be, as the published lists have it.
var (
	cardData   = []breach.CategoryID{"card_holder_name", "card_number", "card_expiry", "card_security_code"}
	memberData = []breach.CategoryID{"name", "address", "phone", "email", "login_password", "gender", "birth_date"}
	orderData  = []breach.CategoryID{"name", "address", "phone", "email", "delivery_destination"}
)

func person(of ...breach.Exposure) breach.Person {
	p := breach.Person{Ref: 1, Kind: breach.KindGuest, Edge: breach.EdgeOther, Exposures: of}
	for _, e := range of {
		if e.Cohort == "member" {
			p.Kind, p.Edge = breach.KindMember, breach.EdgeLogin
		}
	}
	return p
}

func listed(p breach.Person) breach.Answer { return breach.Answer{Persons: []breach.Person{p}} }

// people are the answers there are, by a name that tells the cohorts: a member, b
// purchaser, d card, f name flag.
func people() map[string]breach.Answer {
	card, member, order := exposure("card", cardData...), exposure("member", memberData...), exposure("purchaser", orderData...)
	flag := exposure("purchaser", append(orderData[:5:5], "engraved_name_and_birth_date")...)
	unsure := exposure("member", memberData...)
	unsure.Categories[5].Certainty, unsure.Categories[6].Certainty = breach.PossibleIfEntered, breach.PossibleIfEntered
	withdrawn := person(member)
	withdrawn.Withdrawn = true
	gone := person(card, member, flag)
	gone.Withdrawn = true
	open := breach.Open{Reason: breach.AbandonedCardAttempt, Cohorts: []breach.CohortID{"card"}}
	attempt, checked := breach.Person{Ref: 2, Review: []breach.Open{open}}, person(member)
	checked.Review = []breach.Open{open}
	return map[string]breach.Answer{
		"b": listed(person(order)), "bf": listed(person(flag)), "a": listed(person(member)), "a-unsure": listed(person(unsure)),
		"a-withdrawn": listed(withdrawn), "ab": listed(person(member, order)), "abf": listed(person(member, flag)),
		"bd": listed(person(card, order)), "bdf": listed(person(card, flag)), "abd": listed(person(card, member, order)),
		"abdf": listed(person(card, member, flag)), "abdf-withdrawn": listed(gone), "d": listed(person(card)), "a-checked": listed(checked),
		"none": {}, "none-checked": listed(attempt), "none-dropped": {Dropped: true}, "notice": listed(breach.Person{Ref: 3, FirstNotice: true}),
	}
}

// visit shows every state of every page in one language, by a name.
func visit(t *testing.T, lang string) map[string]answer {
	t.Helper()
	seen := map[string]answer{}
	q := "?lang=" + lang
	visitForms(t, q, seen)
	visitResults(t, q, seen)
	visitLetters(t, q, seen)
	visitTrouble(t, q, seen)
	return seen
}

func visitForms(t *testing.T, q string, seen map[string]answer) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	seen["landing"] = b.get("/"+q).want(t, 200, "landing", "open")
	seen["faq"] = b.get("/faq"+q).want(t, 200, "faq", "")
	seen["finished"] = b.get("/finished"+q).want(t, 200, "finished", "")
	seen["lost-plain"] = b.get("/code/help"+q).want(t, 200, "code-lost", "")
	seen["gone"] = b.get("/code"+q+"&n=aaaaaaaa").want(t, 200, "gone", "")
	form := b.get("/lookup" + q)
	seen["address"] = form.want(t, 200, "address", "")
	for state, typed := range map[string]string{
		"empty": "  ", "long": strings.Repeat("a", 1000) + "@example.jp", "shape": "hanako", "card": "4111 1111 1111 1111", "typo": "hanako@gmail.co.jp",
	} {
		seen["address-"+state] = b.submit(form, "address-form", "address", typed).want(t, 200, "address", state)
	}
	visitHeld(t, b, q, seen)
	code := b.ask(hanako, q)
	seen["code"] = code
	seen["lost"] = b.get(attr(code.byID("lost"), "href")).want(t, 200, "code-lost", "")
	w.wait = 17 * time.Minute
	seen["code-late"] = b.get(code.path).want(t, 200, "code", "ready")
	seen["lost-late"] = b.get("/code/help"+q).want(t, 200, "code-lost", "")
	w.wait = 0
	seen["code-shape"] = b.submit(code, "code-form", "code", "1234567").want(t, 200, "code", "shape")
	seen["code-card"] = b.submit(code, "code-form", "code", "4111111111111111").want(t, 200, "code", "card")
	seen["code-refused"] = b.submit(code, "code-form", "code", "12345678").want(t, 200, "code", "refused4")
	seen["code-early"] = b.submit(code, "resend-form").want(t, 200, "code", "early")
	w.now = w.now.Add(time.Minute)
	seen["code-resent"] = b.submit(code, "resend-form").want(t, 200, "code", "resent")
	w.now = w.now.Add(time.Minute)
	b.submit(code, "resend-form")
	w.now = w.now.Add(time.Minute)
	seen["code-limit"] = b.submit(code, "resend-form").want(t, 200, "code", "limit")
	w.left = 1
	seen["refused"] = b.submit(code, "code-form", "code", "12345678").want(t, 200, "refused", "")
	w.now = w.now.Add(time.Hour)
	seen["over"] = b.get(code.path).want(t, 200, "over", "")
}

// visitHeld is the way in without a mail.
func visitHeld(t *testing.T, b *browser, q string, seen map[string]answer) {
	form := b.get("/long-code" + q)
	seen["held"] = form.want(t, 200, "held", "")
	for state, typed := range map[string]string{"empty": "  ", "shape": "hanako", "card": "4111 1111 1111 1111", "typo": "hanako@gmail.co.jp"} {
		seen["held-"+state] = b.submit(form, "address-form", "address", typed).want(t, 200, "held", state)
	}
	code := b.submit(form, "address-form", "address", hanako)
	seen["code-held"] = code.want(t, 200, "code", "held")
	seen["code-held-shape"] = b.submit(code, "code-form", "code", "1234567").want(t, 200, "code", "shape")
	seen["code-held-resent"] = b.submit(code, "resend-form").want(t, 200, "code", "resent")
}

func visitResults(t *testing.T, q string, seen map[string]answer) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	ts := w.open(t, "")
	for name, answer := range people() {
		address := name + "@example.jp"
		w.answers[w.tag(t, address)] = answer
		b := newBrowser(t, ts)
		code := b.ask(address, q)
		state := "listed"
		switch {
		case name == "notice":
			state = "first_notice"
		case strings.HasPrefix(name, "none"):
			state = "not_listed"
		}
		seen["result-"+name] = b.submit(code, "code-form", "code", "12345678").want(t, 200, "result", state)
		seen["used"] = b.get(code.path).want(t, 200, "used", "")
		seen["reset-refused"] = b.post("/result/password"+q).want(t, 409, "trouble", "reset-not-applicable")
	}
}

func visitLetters(t *testing.T, q string, seen map[string]answer) {
	in := example(t, "tougyoku-2023")
	sent := noon.Add(-time.Hour)
	in.Notices.LettersFrom = &sent
	w := newWorld(t, in)
	b := newBrowser(t, w.open(t, ""))
	seen["landing-letters"] = b.get("/"+q).want(t, 200, "landing", "open")
	form := b.get("/letter" + q)
	seen["letter"] = form.want(t, 200, "letter", "")
	for state, typed := range map[string]string{"shape": "1234", "card": "4111-1111-1111-1111", "slip": "12345-67890-1234", "unknown": "12345-67890-1244"} {
		seen["letter-"+state] = b.submit(form, "letter-form", "number", typed).want(t, 200, "letter", state)
	}
	w.right = true
	seen["result-none-letters"] = b.submit(b.ask("none@example.jp", q), "code-form", "code", "12345678").want(t, 200, "result", "not_listed")
}

// broken is a door behind which everything breaks.
type broken struct{}

func (broken) Routes(e *echo.Echo) { e.GET("/broken", func(echo.Context) error { panic("broken") }) }

func visitTrouble(t *testing.T, q string, seen map[string]answer) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	w.right = true
	b := newBrowser(t, w.open(t, "send-global=4/24h,request-ip=7/1h,send-address=100/1m,send-mailbox=100/1m", broken{}))
	seen["not-found"] = b.get("/nothing"+q).want(t, 404, "trouble", "not-found")
	seen["unauthenticated"] = b.get("/result"+q).want(t, 401, "trouble", "unauthenticated")
	seen["unexpected"] = b.get("/broken"+q).want(t, 500, "trouble", "unexpected")
	seen["large"] = b.post("/lookup"+q, "address", strings.Repeat("a", 9000)).want(t, 413, "trouble", "body-too-large")
	seen["method"] = b.post("/faq"+q).want(t, 405, "trouble", "method-not-allowed")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	seen["cross-site"] = b.post("/lookup"+q, "address", hanako).want(t, 403, "trouble", "cross-site")
	b.header.Set("Sec-Fetch-Site", "same-origin")
	code := b.ask(hanako, q)
	for name, fault := range map[string]string{"could-not-check": "standing", "could-not-check-2": "answer"} {
		w.faults[fault] = errDown
		seen[name] = b.submit(code, "code-form", "code", "12345678").want(t, 503, "trouble", "could-not-check")
		delete(w.faults, fault)
	}
	seen["reset-unauthenticated"] = b.post("/result/password"+q).want(t, 401, "trouble", "unauthenticated")
	w.faults["enqueue"] = errDown
	seen["down"] = b.post("/lookup"+q, "address", hanako).want(t, 503, "trouble", "temporarily-unavailable")
	delete(w.faults, "enqueue")
	for range 3 {
		b.post("/lookup"+q, "address", hanako).want(t, 200, "code", "ready")
	}
	seen["no-mail"] = b.post("/lookup"+q, "address", hanako).want(t, 503, "trouble", "no-mail")
	b.post("/lookup"+q, "address", hanako)
	seen["quota"] = b.post("/lookup"+q, "address", hanako).want(t, 429, "trouble", "quota-exceeded")
	back := noon.Add(4 * time.Hour)
	w.pause = &breach.Pause{Since: noon, BackAt: &back}
	seen["paused"] = b.get("/lookup"+q).want(t, 503, "trouble", "paused")
	seen["landing-paused"] = b.get("/"+q).want(t, 200, "landing", "paused")
	w.pause = &breach.Pause{Since: noon}
	seen["paused-unsaid"] = b.post("/lookup"+q, "address", hanako).want(t, 503, "trouble", "paused")
	seen["landing-paused-unsaid"] = b.get("/"+q).want(t, 200, "landing", "paused")
	w.pause, w.now = nil, w.incident.ClosesAt
	seen["closed"] = b.get("/lookup"+q).want(t, http.StatusGone, "trouble", "incident-closed")
	seen["landing-closed"] = b.get("/"+q).want(t, 200, "landing", "closed")
}

// form is a body of one field.
func form(name, value string) url.Values { return url.Values{name: {value}} }
