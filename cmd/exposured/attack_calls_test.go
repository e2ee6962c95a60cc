package main

import (
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/alarm"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// TestOnePhoneCodeTwoCalls: 200 times the right code in the calls of two agents at once.
func TestOnePhoneCodeTwoCalls(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	first := r.about(t, sato, "hanako@example.com")
	code := r.sent(t, sato, first.ID, "hanako@example.com", 1)
	second := r.about(t, ito, "hanako@example.com")
	var told, turned, limited atomic.Int32
	var all sync.WaitGroup
	for n := range 200 {
		who, id := sato, first.ID
		if n%2 == 1 {
			who, id = ito, second.ID
		}
		all.Go(func() {
			_, err := r.calls.Confirm(t.Context(), who, id, code)
			switch {
			case err == nil:
				told.Add(1)
			case errors.As(err, new(*lookup.Rejected)):
				turned.Add(1)
			case errors.As(err, new(*ratelimit.Exceeded)):
				limited.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if told.Load() != 1 || told.Load()+turned.Load()+limited.Load() != 200 {
		t.Errorf("told %d, not accepted %d, over the limit %d", told.Load(), turned.Load(), limited.Load())
	}
	rows := strings.Join(r.rows(t), "\n")
	if strings.Count(rows, "guess accepted") != 1 || strings.Count(rows, "disclosure done") != 1 {
		t.Errorf("rows:\n%s", rows)
	}
	if v := r.site.verifyLog(t, nil); v.Bad != nil {
		t.Errorf("the log: %+v", v.Bad)
	}
}

// TestCallsOfOthers: another agent's call, ids that are none, one's own earlier call.
func TestCallsOfOthers(t *testing.T) {
	r := openCalls(t)
	call := r.about(t, sato, "hanako@example.com")
	r.over(t, ito, call.ID, agent.ErrForeignCall)
	rows := r.rows(t)
	if n := strings.Count(strings.Join(rows, "\n"), "ito call_foreign refused of sato"); n != 10 {
		t.Errorf("%d attempts on record:\n%s", n, strings.Join(rows, "\n"))
	}
	if !slices.ContainsFunc(r.alarms.States(), func(s alarm.State) bool { return s.Kind == alarm.AgentForeign && s.On }) {
		t.Error("no alarm")
	}
	if c, err := r.calls.Get(t.Context(), sato, call.ID); err != nil || c.Address.Reveal() != "hanako@example.com" {
		t.Errorf("the call itself: %+v, %v", c, err)
	}
	r.counted()
	sealed, err := base64.RawURLEncoding.DecodeString(call.ID)
	must(t, err)
	sealed[len(sealed)-1] ^= 1
	for _, id := range []string{"", "x", base64.RawURLEncoding.EncodeToString(sealed), call.ID + "A", strings.Repeat("A", 4096), call.ID[:len(call.ID)-4]} {
		r.over(t, sato, id, agent.ErrNoCall)
	}
	if asked := r.counted(); len(asked) != 0 {
		t.Errorf("ids that are none reached Redis: %v", asked)
	}
	next := r.open(t, sato)
	r.over(t, sato, call.ID, agent.ErrNoCall)
	if _, err := r.calls.Get(t.Context(), sato, next.ID); err != nil {
		t.Errorf("the call after it: %v", err)
	}
	if rows := r.rows(t); rows[len(rows)-2] != "sato call_end done dropped" {
		t.Errorf("rows:\n%s", strings.Join(rows, "\n"))
	}
}

// TestACallTellsNobodyApart: before a proof an agent sees the same of everybody, after the
// same calls of Redis and the same rows.
func TestACallTellsNobodyApart(t *testing.T) {
	r := openCalls(t)
	type seen struct {
		steps []string
		redis map[string]int
		rows  string
	}
	see := func(address string) (s seen) {
		before := len(r.rows(t))
		r.counted()
		call := r.about(t, sato, address)
		sent, err := r.calls.SendCode(t.Context(), sato, call.ID)
		must(t, err)
		_, err = r.calls.Confirm(t.Context(), sato, call.ID, "12345678")
		rejected := new(lookup.Rejected)
		if !errors.As(err, &rejected) {
			t.Fatal(err)
		}
		_, none := r.calls.Told(t.Context(), sato, call.ID)
		_, never := r.calls.Extend(t.Context(), sato, call.ID)
		_, number := r.calls.CheckNumber(t.Context(), sato, call.ID, "さくら 4821")
		for _, c := range []agent.Call{call, sent} {
			s.steps = append(s.steps, strings.Join([]string{string(c.Reason), c.ProvenUntil.String(), boolean(c.CodeSent), boolean(c.Proven), boolean(c.ByLetter)}, " "))
		}
		s.steps = append(s.steps, err.Error(), none.Error(), never.Error(), number.Error())
		s.redis, s.rows = r.counted(), strings.Join(r.rows(t)[before:], "\n")
		return s
	}
	see("warm@example.com") // scripts are loaded, and an open call to be left
	want := see("nobody@example.com")
	for _, address := range []string{"hanako@example.com", "another@example.com"} {
		got := see(address)
		if !slices.Equal(got.steps, want.steps) || !maps.Equal(got.redis, want.redis) || got.rows != want.rows {
			t.Errorf("%s is told apart:\n%+v\n%+v", address, got, want)
		}
	}
	// Asked for again and again: no mail goes any more, and nothing of it shows.
	for range 8 {
		suppressed := see("nobody@example.com")
		if !slices.Equal(suppressed.steps, want.steps) || suppressed.rows != want.rows {
			t.Errorf("an address that had its mails is told apart:\n%+v\n%+v", suppressed, want)
		}
	}
}

func boolean(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// TestALimitOfAnAgent: what one agent may have refused; right ones cost nothing, and others
// have their own.
func TestALimitOfAnAgent(t *testing.T) {
	r := openCalls(t)
	call := r.open(t, sato)
	over := new(ratelimit.Exceeded)
	for n := range 41 {
		number := r.letters[2]
		if n%2 == 0 {
			number = r.letters[0]
		}
		if _, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, number.Grouped()); n%2 == 0 && err != nil || n%2 == 1 && !errors.As(err, new(*lookup.Rejected)) {
			if n < 40 || !errors.As(err, &over) {
				t.Fatalf("number %d: %v", n+1, err)
			}
		}
	}
	if over.Name != ratelimit.AgentLetter {
		t.Errorf("twenty numbers were refused, and the limit is %q", over.Name)
	}
	if !slices.ContainsFunc(r.alarms.States(), func(s alarm.State) bool { return s.Kind == alarm.AgentRate && s.On }) {
		t.Error("no alarm")
	}
	if _, err := r.calls.ConfirmLetter(t.Context(), ito, r.open(t, ito).ID, r.letters[0].Grouped()); err != nil {
		t.Errorf("another agent: %v", err)
	}
	for n := range 61 {
		address := "caller" + string(rune('a'+n%26)) + string(rune('a'+n/26)) + "@example.com"
		c, err := r.calls.Address(t.Context(), sato, call.ID, address)
		must(t, err)
		_, err = r.calls.SendCode(t.Context(), sato, c.ID)
		if n < 60 && err != nil || n == 60 && (!errors.As(err, &over) || over.Name != ratelimit.AgentCode) {
			t.Fatalf("code %d: %v", n+1, err)
		}
	}
}

// TestRedisEndsInACall: nothing is told while it is away; after it came back with nothing, the
// call is over, and its code is not accepted twice.
func TestRedisEndsInACall(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	call := r.about(t, sato, "hanako@example.com")
	code := r.sent(t, sato, call.ID, "hanako@example.com", 1)
	_, err := r.calls.Confirm(t.Context(), sato, call.ID, code)
	must(t, err)
	r.store.Stop()
	r.over(t, sato, call.ID, agent.ErrUnavailable)
	if _, err := r.calls.Open(t.Context(), sato, agent.ReasonCard, false); !errors.Is(err, agent.ErrUnavailable) {
		t.Errorf("a new call: %v", err)
	}
	r.store.Restart()
	r.store.Flush()
	r.over(t, sato, call.ID, agent.ErrNoCall)
	again := r.about(t, sato, "hanako@example.com")
	_, err = r.calls.Confirm(t.Context(), sato, again.ID, code)
	notAccepted(t, "a used code after Redis forgot", err)
}
