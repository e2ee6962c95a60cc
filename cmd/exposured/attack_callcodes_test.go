package main

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/lookup"
)

// TestCodesInCallsTheyAreNotOf: a code of the agent's own mailbox for somebody else, a code of
// the page on the telephone and back, long codes of either, a letter's number or a check
// number in place of a code.
func TestCodesInCallsTheyAreNotOf(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	visitor := lookup.Client{}
	own := r.about(t, ito, "ito@example.com")
	ownCode := r.sent(t, ito, own.ID, "ito@example.com", 1)
	web, err := r.service.Start(t.Context(), visitor, "hanako@example.com")
	must(t, err)
	webCode := r.read(t, "hanako@example.com", 1)
	call := r.about(t, ito, "hanako@example.com")
	for what, code := range map[string]string{"the agent's own code": ownCode, "a code of the page": webCode} {
		_, err := r.calls.Confirm(t.Context(), ito, call.ID, code)
		notAccepted(t, what, err)
	}
	phoneCode := r.sent(t, ito, call.ID, "hanako@example.com", 2)
	_, err = r.service.Confirm(t.Context(), visitor, web.ID, web.Secret, phoneCode)
	notAccepted(t, "a phone code on the page", err)
	_, err = r.calls.Confirm(t.Context(), ito, call.ID, ownCode)
	notAccepted(t, "the agent's own code once more", err)
	for what, said := range map[string]string{"a letter's number": r.letters[0].Grouped(), "a check number": "さくら 4821"} {
		if _, err := r.calls.Confirm(t.Context(), ito, call.ID, said); !errors.Is(err, lookup.ErrMalformedCode) {
			t.Errorf("%s as a code: %v", what, err)
		}
	}
	_, err = r.calls.Confirm(t.Context(), ito, call.ID, phoneCode)
	must(t, err)
	_, err = r.service.Confirm(t.Context(), visitor, web.ID, web.Secret, webCode)
	must(t, err)
}

// TestLongCodesStayOnTheirWay: those of the page are worth nothing on the telephone, nor those
// of the telephone on the page, not even for somebody who exchanges in Redis what is kept of
// either; each is good where it belongs.
func TestLongCodesStayOnTheirWay(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	r.exhaust(t, sato, "hanako@example.com")
	visitor := lookup.Client{}
	_, err := r.service.Start(t.Context(), visitor, "hanako@example.com")
	must(t, err)
	r.read(t, "hanako@example.com", 2)                                      // or the next might overtake it
	web, err := r.service.Start(t.Context(), visitor, "hanako@example.com") // the reserve: a long code
	must(t, err)
	ofPage := r.read(t, "hanako@example.com", 3)
	call := r.about(t, ito, "hanako@example.com")
	_, err = r.calls.Confirm(t.Context(), ito, call.ID, ofPage)
	notAccepted(t, "a long code of the page on the telephone", err)
	long := r.sent(t, ito, call.ID, "hanako@example.com", 4)
	if len(long) != len("1234-5678-9012-3456-7890") || len(ofPage) != len(long) {
		t.Fatalf("codes of %d and %d characters were mailed", len(long), len(ofPage))
	}
	for _, exchanged := range []string{"", ", exchanged in Redis"} {
		if exchanged != "" {
			r.exchange(t, "hanako@example.com")
		}
		_, err = r.service.Confirm(t.Context(), visitor, web.ID, web.Secret, long)
		notAccepted(t, "a long code of the telephone on the page"+exchanged, err)
		_, err = r.calls.Confirm(t.Context(), ito, call.ID, ofPage)
		notAccepted(t, "a long code of the page on the telephone"+exchanged, err)
	}
	r.exchange(t, "hanako@example.com")
	told, err := r.calls.Confirm(t.Context(), ito, call.ID, long)
	if err != nil || !told.Call.Proven {
		t.Errorf("a long code read out: %v", err)
	}
	_, err = r.service.Confirm(t.Context(), visitor, web.ID, web.Secret, ofPage)
	must(t, err)
}

// exchange puts what Redis keeps of an address's codes for the page in the place of those for
// the telephone, and back.
func (r *callRig) exchange(t *testing.T, address string) {
	t.Helper()
	page := keyOf(t, r.site, address)
	phone, aside := strings.TrimSuffix(page, "web")+"phone", page+":aside"
	for _, move := range [][2]string{{page, aside}, {phone, page}, {aside, phone}} {
		must(t, r.redis.Rename(t.Context(), move[0], move[1]).Err())
	}
}

// exhaust spends the budget of the telephone for an address; one mail comes.
func (r *callRig) exhaust(t *testing.T, who agent.Agent, address string) (code string) {
	t.Helper()
	call := r.about(t, who, address)
	code = r.sent(t, who, call.ID, address, 1)
	for range 5 {
		_, err := r.calls.Confirm(t.Context(), who, call.ID, misheard(code))
		notAccepted(t, "a wrong code", err)
	}
	return code
}

// TestTheBudgetOfTheTelephone: five failures in 30 days, in whatever call; the page has its
// own, and neither touches the other.
func TestTheBudgetOfTheTelephone(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	visitor := lookup.Client{}
	for n := range 2 { // eight failures on the page
		v, err := r.service.Start(t.Context(), visitor, "jiro@example.com")
		must(t, err)
		code := r.read(t, "jiro@example.com", n+1)
		for range 4 {
			_, err = r.service.Confirm(t.Context(), visitor, v.ID, v.Secret, misheard(code))
			notAccepted(t, "on the page", err)
		}
		if n == 0 {
			r.limitsForget(t)
		}
	}
	call := r.about(t, sato, "jiro@example.com")
	short := r.sent(t, sato, call.ID, "jiro@example.com", 3) // a long one is refused by no budget
	_, err := r.calls.Confirm(t.Context(), sato, call.ID, short)
	must(t, err)

	code := r.exhaust(t, sato, "hanako@example.com")
	for _, who := range []agent.Agent{sato, ito} {
		_, err := r.calls.Confirm(t.Context(), who, r.about(t, who, "hanako@example.com").ID, code)
		notAccepted(t, "the right code over the budget", err)
	}
	web, err := r.service.Start(t.Context(), visitor, "hanako@example.com")
	must(t, err)
	ofPage := r.read(t, "hanako@example.com", 2)
	_, err = r.service.Confirm(t.Context(), visitor, web.ID, web.Secret, ofPage)
	must(t, err)
	if digitsOf(short) != 8 || digitsOf(ofPage) != 8 {
		t.Errorf("after the failures of the other way codes of %d and %d digits were mailed, want 8", digitsOf(short), digitsOf(ofPage))
	}
	if rows := strings.Join(r.rows(t), "\n"); strings.Count(rows, "guess refused phone short tag") != 5 || strings.Count(rows, "disclosure refused phone not compared tag") != 2 {
		t.Errorf("rows:\n%s", rows)
	}
}

// limitsForget lets another mail go to the same address at once.
func (r *callRig) limitsForget(t *testing.T) {
	t.Helper()
	keys := r.redis.Keys(t.Context(), "*send-address*")
	must(t, keys.Err())
	for _, k := range keys.Val() {
		must(t, r.redis.Del(t.Context(), k).Err())
	}
}
