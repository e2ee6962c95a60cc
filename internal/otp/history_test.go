package otp_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// TestRandomHistories runs the same random history on the specification and on the
// scripts, and holds both against what no history may ever do. In a history either the
// store or the audit table loses data, never both.
func TestRandomHistories(t *testing.T) {
	scripts := redisWorld(t, live.NewRedis(t))
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(rt, scripts)
		rt.Repeat(map[string]func(*rapid.T){
			"":          h.compare,
			"issue":     h.issue,
			"guess":     h.guess,
			"hammer":    h.hammer,
			"repeat":    h.repeat,
			"advance":   h.advance,
			"revive":    h.revive,
			"withdraw":  h.withdraw,
			"lose":      h.loseStore,
			"fortnight": h.fortnight,
		})
	})
}

// history drives two stores, spec and scripts, with one clock.
type history struct {
	spec, scripts *world
	memory        *otp.Memory
	p             *person // as the scripts' world knows it: tag, codes and clock are shared
	visits        []*visit
	sent          []*call
	auditLossy    bool // the audit table may lose rows; else the store may

	begun    map[[16]byte]time.Time     // by nonce
	truth    map[otp.Purpose][]otp.Past // every evaluated guess, never lost
	tries    map[[16]byte]int           // evaluated guesses of each verification
	revived  map[[16]byte]int
	accepted map[string]int // acceptances of each code
}

func newHistory(rt *rapid.T, scripts *world) *history {
	scripts.tb = rt
	scripts.advance(epoch.Sub(scripts.now))
	h := &history{
		scripts: scripts, auditLossy: rapid.Bool().Draw(rt, "the audit table loses data"),
		begun: map[[16]byte]time.Time{},
		truth: map[otp.Purpose][]otp.Past{}, tries: map[[16]byte]int{}, revived: map[[16]byte]int{},
		accepted: map[string]int{},
	}
	h.memory = otp.NewMemory(otp.Config{Now: func() time.Time { return scripts.now }})
	h.spec = &world{Store: h.memory, tb: scripts.tb}
	h.p = scripts.person()
	for _, p := range []otp.Purpose{otp.Web, otp.Phone, otp.Web, otp.Web, otp.Phone, otp.Web} {
		h.visits = append(h.visits, h.visit(p))
	}
	return h
}

func (h *history) visit(p otp.Purpose) *visit {
	v := h.p.visit(p)
	h.begun[v.nonce] = h.scripts.now
	return v
}

// pick draws a visit. One whose id no longer opens, an hour after its start by a clock
// that may be half an hour off, reaches no store.
func (h *history) pick(rt *rapid.T) *visit {
	i := rapid.IntRange(0, len(h.visits)-1).Draw(rt, "visit")
	v := h.visits[i]
	if rapid.IntRange(0, 4).Draw(rt, "fresh") == 0 || h.scripts.now.Sub(h.begun[v.nonce]) >= 90*minute {
		h.visits[i] = h.visit(v.purpose)
	}
	return h.visits[i]
}

// past is what the audit table says: everything, unless it is the one that loses.
func (h *history) past(rt *rapid.T, p otp.Purpose) []otp.Past {
	all := h.truth[p]
	if len(all) > 50 {
		all = all[len(all)-50:]
	}
	if h.auditLossy {
		all = all[rapid.IntRange(0, len(all)).Draw(rt, "rows lost"):]
	}
	return all
}

func (h *history) issue(rt *rapid.T) {
	v := h.pick(rt)
	slot := fmt.Sprintf("%d-0", len(h.p.mailbox)+1)
	if again := rapid.IntRange(0, 20).Draw(rt, "same slot"); again > 0 && again <= len(h.p.mailbox) && again < 6 {
		slot = fmt.Sprintf("%d-0", len(h.p.mailbox)+1-again)
	}
	i, short, long := v.draft(slot, rapid.IntRange(0, 6).Draw(rt, "want long") == 0)
	i.Past = h.past(rt, v.purpose)
	want, err := h.spec.Issue(context.Background(), i)
	if err != nil {
		rt.Fatalf("specification: %v", err)
	}
	got, err := h.scripts.Issue(context.Background(), i)
	if err != nil || got != want {
		rt.Fatalf("issued %+v, %v; specified %+v", got, err, want)
	}
	m := mail{Issued: got, digits: short, visit: v}
	if got.Form == otp.Long {
		m.digits = long
	}
	h.p.mailbox = append(h.p.mailbox, m) // also an empty one: slots are numbered by it
}

// digits draws a guess: from any mail, right or not for this visit, or from the air.
func (h *history) digits(rt *rapid.T, v *visit) string {
	switch kind := rapid.IntRange(0, 9).Draw(rt, "kind of guess"); {
	case kind == 0:
		d, _ := otp.DrawLong()
		return d
	case kind <= 4 || len(h.p.mailbox) == 0:
		return wrong(v)
	default:
		i := rapid.IntRange(0, min(5, len(h.p.mailbox)-1)).Draw(rt, "mails ago")
		return h.p.mailbox[len(h.p.mailbox)-1-i].digits
	}
}

func (h *history) guess(rt *rapid.T) {
	v := h.pick(rt)
	h.send(rt, v, h.digits(rt, v))
}

// hammer spends tries where there is a code, which brings budgets to their ends.
func (h *history) hammer(rt *rapid.T) {
	h.issue(rt)
	v := h.p.mailbox[len(h.p.mailbox)-1].visit
	for range rapid.IntRange(1, 6).Draw(rt, "guesses") {
		h.send(rt, v, wrong(v))
	}
}

// call is a guess that was sent, and how it was judged last.
type call struct {
	otp.Attempt
	visit   *visit
	digits  string
	verdict otp.Verdict
	at      time.Time
	lost    bool // the store has lost its data since
}

func (h *history) send(rt *rapid.T, v *visit, digits string) {
	c := &call{Attempt: v.attempt(digits), visit: v, digits: digits, at: h.scripts.now}
	c.Past = h.past(rt, v.purpose)
	c.Barred = rapid.IntRange(0, 9).Draw(rt, "short codes are not compared") == 0
	h.sent = append(h.sent, c)
	c.verdict = h.judge(rt, c.Attempt)
	h.record(rt, c)
}

// record lets an evaluated guess count.
func (h *history) record(rt *rapid.T, c *call) {
	if !c.verdict.Evaluated {
		return
	}
	h.truth[c.Purpose] = append(h.truth[c.Purpose], otp.Past{Attempt: c.ID, At: h.scripts.now, Accepted: c.verdict.Accepted, Form: c.Form})
	h.tries[c.Nonce]++
	if c.verdict.Accepted {
		h.accepted[c.digits]++
		h.mayAccept(rt, c.visit, c.digits)
	}
	if c.Barred && c.Form == otp.Short {
		rt.Fatalf("a short code was compared although it was barred")
	}
}

func (h *history) judge(rt *rapid.T, a otp.Attempt) otp.Verdict {
	want, err := h.spec.Redeem(context.Background(), a)
	if err != nil {
		rt.Fatalf("specification: %v", err)
	}
	got, err := h.scripts.Redeem(context.Background(), a)
	if err != nil || got != want {
		rt.Fatalf("judged %+v, %v; specified %+v", got, err, want)
	}
	return got
}

// mayAccept holds an acceptance against the mailbox.
func (h *history) mayAccept(rt *rapid.T, v *visit, digits string) {
	for _, m := range h.p.mailbox {
		if m.digits != digits || m.None {
			continue
		}
		if m.visit.purpose == v.purpose && (m.Form == otp.Long || v.purpose == otp.Phone || m.visit == v) && m.Expires.After(h.scripts.now) {
			return
		}
	}
	rt.Fatalf("a code was accepted that is in no mail for this visit")
}

// repeat sends a call again, or a new one when there is none, because none is repeated an
// hour late. Within its minute the verdict is the same; a guess that was
// compared once is never compared with another outcome.
func (h *history) repeat(rt *rapid.T) {
	if len(h.sent) == 0 {
		h.guess(rt)
		return
	}
	c := h.sent[len(h.sent)-1-rapid.IntRange(0, min(3, len(h.sent)-1)).Draw(rt, "calls ago")]
	age := h.scripts.now.Sub(c.at)
	if age > hour {
		h.guess(rt)
		return
	}
	before, got := c.verdict, h.judge(rt, c.Attempt)
	kept := before.Reason != otp.Spent && before.Reason != otp.Consumed && before.Reason != otp.Expired
	if kept && age < minute && !c.lost && got != before {
		rt.Fatalf("a call judged %+v was judged %+v when repeated", before, got)
	}
	if before.Evaluated && !before.Accepted && got.Accepted {
		rt.Fatalf("a call judged %+v was accepted when repeated", before)
	}
	if got == before || before.Evaluated {
		return
	}
	c.verdict, c.at, c.lost = got, h.scripts.now, false // judged anew
	h.record(rt, c)
}

func (h *history) advance(rt *rapid.T) {
	h.scripts.advance(rapid.SampledFrom([]time.Duration{
		time.Millisecond, second, 59 * second, minute, 30*minute - time.Millisecond, 30 * minute, 60 * minute, 90 * minute, 23 * hour, day,
	}).Draw(rt, "time passes"))
}

func (h *history) fortnight(rt *rapid.T) {
	h.scripts.advance(rapid.SampledFrom([]time.Duration{
		15 * day, 30*day - hour, 30*day - second, 30 * day, 30*day + second, 367 * day,
	}).Draw(rt, "much time passes"))
}

func (h *history) revive(rt *rapid.T) {
	v := h.visits[rapid.IntRange(0, len(h.visits)-1).Draw(rt, "visit")]
	for _, s := range []*world{h.spec, h.scripts} {
		if err := s.Revive(context.Background(), h.p.tag, v.purpose, v.nonce); err != nil {
			rt.Fatal(err)
		}
	}
	h.revived[v.nonce]++
}

// loseStore makes the store of codes forget, now and then, unless the audit table is the one
// that loses data: then, and mostly, a guess takes its place.
func (h *history) loseStore(rt *rapid.T) {
	if h.auditLossy || rapid.IntRange(0, 3).Draw(rt, "really") > 0 {
		h.guess(rt)
		return
	}
	p := rapid.SampledFrom([]otp.Purpose{otp.Web, otp.Phone}).Draw(rt, "purpose")
	h.memory.Lose(h.p.tag, p)
	h.scripts.lose(h.p.tag, p)
	h.tries = map[[16]byte]int{} // tries are lost with their codes
	for _, c := range h.sent {
		c.lost = c.lost || c.Purpose == p
	}
}

// compare runs after every step.
func (h *history) compare(rt *rapid.T) {
	for _, p := range []otp.Purpose{otp.Web, otp.Phone} {
		want := h.memory.State(h.p.tag, p, h.scripts.now.UnixMilli(), h.p.begun)
		if got := h.scripts.dump(h.p, p); got != want {
			rt.Fatalf("%s state\n%s\nspecified\n%s", p, got, want)
		}
		if n, most := inAnySpan(h.truth[p]), map[otp.Purpose]int{otp.Web: 10, otp.Phone: 5}[p]; n > most {
			rt.Fatalf("%d failures of %s were evaluated within 30 days", n, p)
		}
	}
	for nonce, n := range h.tries {
		if n > 5+h.revived[nonce] {
			rt.Fatalf("%d guesses of one verification were evaluated", n)
		}
	}
	for _, n := range h.accepted {
		if n > 1 {
			rt.Fatalf("a code was accepted %d times", n)
		}
	}
}
