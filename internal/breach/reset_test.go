package breach_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/breach"
)

// resetStart is the time at which these resets are planned.
var resetStart = time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)

// print is the fingerprint of a password under keys of these ids.
func print(password byte, keys ...string) []byte {
	var all []breach.KeyedTag
	for _, k := range keys {
		all = append(all, breach.KeyedTag{Key: k, Tag: breach.Tag{password, k[0]}})
	}
	return breach.NewTags(all...).Bytes()
}

// journey is a reset and what a witness of every step would know about it.
type journey struct {
	r        breach.Reset
	now      time.Time
	tickets  int  // issued so far
	redeemed bool // the newest ticket was redeemed, and not taken back
	since    time.Time
}

func (j *journey) ticket(n int) [32]byte { return [32]byte{byte(n), 1} }

// steps are all that can be done to a reset. What returns an error must change nothing.
func (j *journey) steps(t *rapid.T) map[string]func() (breach.Reset, error) {
	word := func(r breach.Reset) (breach.Reset, error) { return r, nil }
	password := func() []byte { return print(byte(rapid.IntRange(0, 2).Draw(t, "password")), "00000001") }
	return map[string]func() (breach.Reset, error){
		"plan": func() (breach.Reset, error) {
			return word(j.r.Plan(rapid.Bool().Draw(t, "withdrawn"), password(), j.now))
		},
		"baseline": func() (breach.Reset, error) { return j.r.SetBaseline(password()) },
		"exempt":   func() (breach.Reset, error) { return j.r.Exempt(j.now) },
		"order":    func() (breach.Reset, error) { return word(j.r.Order(j.now)) },
		"bar":      func() (breach.Reset, error) { return j.r.Bar(j.now) },
		"issue":    func() (breach.Reset, error) { return j.r.Issue(j.ticket(j.tickets+1), j.now) },
		"revoke":   func() (breach.Reset, error) { return word(j.r.Revoke(j.now)) },
		"redeem": func() (breach.Reset, error) {
			return j.r.Redeem(j.ticket(rapid.IntRange(0, j.tickets).Draw(t, "which")), j.now)
		},
		"complete": func() (breach.Reset, error) { return j.r.Complete(j.now) },
		"observe":  func() (breach.Reset, error) { return word(j.r.Observe(password(), j.now)) },
		"blank":    func() (breach.Reset, error) { return word(j.r.Observe(nil, j.now)) },
		"accept":   func() (breach.Reset, error) { return j.r.Accept(j.now) },
	}
}

// TestNoWayAroundTheTicket: whatever happens in whatever order, nobody who is barred is let
// in again but by a redeemed ticket and the word that the password was changed, or by a
// person who answers for it; and nothing happens any more after that.
func TestNoWayAroundTheTicket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := &journey{now: resetStart, r: breach.Reset{}.Plan(false, print(0, "00000001"), resetStart)}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			j.now = j.now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, 10 * time.Minute, 15 * time.Minute, 2 * time.Hour, 25 * time.Hour}).Draw(t, "later"))
			steps := j.steps(t)
			name := rapid.SampledFrom([]string{"plan", "baseline", "exempt", "order", "bar", "issue", "revoke", "redeem", "complete", "observe", "blank", "accept"}).Draw(t, "step")
			before := j.r
			after, err := steps[name]()
			if diff := cmp.Diff(before, j.r); diff != "" {
				t.Fatalf("%s changed its receiver: %s", name, diff)
			}
			if err != nil {
				if diff := cmp.Diff(before, after); diff != "" {
					t.Fatalf("%s was refused and changed something: %s", name, diff)
				}
				continue
			}
			j.see(t, name, before, after)
			j.r = after
		}
	})
}

// see judges one step that was not refused.
func (j *journey) see(t *rapid.T, name string, before, after breach.Reset) {
	switch name {
	case "issue":
		j.tickets++
		j.redeemed = false
	case "revoke":
		j.redeemed = false
	case "redeem":
		j.redeemed, j.since = true, j.now
	}
	within := map[string]time.Duration{"complete": 24 * time.Hour, "observe": time.Hour}[name]
	covered := j.redeemed && j.now.Sub(j.since) < within
	freed := before.State.Barred() && !after.State.Barred()
	switch {
	case freed && !covered && name != "accept":
		t.Fatalf("%s frees a member who is %s", name, before.State)
	case freed && after.State != breach.ResetCompleted:
		t.Fatalf("%s makes a barred member %s", name, after.State)
	case after.State == breach.ResetCompleted && before.State != breach.ResetCompleted && !freed:
		t.Fatalf("%s completes a member who is %s", name, before.State)
	case before.State == breach.ResetCompleted && after.State != breach.ResetCompleted:
		t.Fatalf("%s takes a completed reset up again", name)
	case !before.State.Barred() && after.State.Barred() && name != "order":
		t.Fatalf("%s bars a member who is %s", name, before.State)
	case before.State != after.State && !after.Since.Equal(j.now), before.State == after.State && !after.Since.Equal(before.Since):
		t.Fatalf("%s from %s to %s says since %v", name, before.State, after.State, after.Since)
	case name == "revoke" && (after.Ticket != [32]byte{} || !after.Redeemed.IsZero() || after.Notify != nil) && after.State.Barred():
		t.Fatal("something of a lost mailbox is left")
	case name == "redeem" && (after.Ticket != before.Ticket || !j.now.Before(before.TicketEnds) || before.Spent):
		t.Fatal("a dead ticket is redeemed")
	}
}

// TestReplacedTicketsAreDead: only the newest ticket of a member is worth anything, once.
func TestReplacedTicketsAreDead(t *testing.T) {
	r := breach.Reset{State: breach.ResetRequired}
	first, err := r.Issue([32]byte{1}, resetStart)
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Issue([32]byte{2}, resetStart)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Redeem([32]byte{1}, resetStart); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("the replaced ticket: %v", err)
	}
	spent, err := second.Redeem([32]byte{2}, resetStart.Add(breach.TicketLife-1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spent.Redeem([32]byte{2}, resetStart); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("the spent ticket: %v", err)
	}
	if _, err := second.Redeem([32]byte{2}, resetStart.Add(breach.TicketLife)); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("at its end: %v", err)
	}
}

// TestNewTicketsEndOldRedemptions: what was redeemed with an earlier ticket completes
// nothing after a new one was issued, or after all were taken back.
func TestNewTicketsEndOldRedemptions(t *testing.T) {
	r := breach.Reset{State: breach.ResetRequired, Fingerprint: print(1, "00000001"), Notify: []byte("sealed")}
	r, err := r.Issue([32]byte{1}, resetStart)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Redeem([32]byte{1}, resetStart); err != nil {
		t.Fatal(err)
	}
	again, err := r.Issue([32]byte{2}, resetStart.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	revoked := r.Revoke(resetStart.Add(time.Hour))
	for name, r := range map[string]breach.Reset{"issued again": again, "revoked": revoked} {
		if _, err := r.Complete(resetStart.Add(time.Hour)); !errors.Is(err, breach.ErrNotRedeemed) {
			t.Errorf("%s: Complete = %v", name, err)
		}
		if seen := r.Observe(print(2, "00000001"), resetStart.Add(time.Hour)); seen.State != breach.ResetChangedUnverified {
			t.Errorf("%s: a password that is seen makes it %s", name, seen.State)
		}
	}
	if want := (breach.Reset{State: breach.ResetRequired, Since: resetStart.Add(time.Hour), Fingerprint: r.Fingerprint}); cmp.Diff(want, revoked) != "" {
		t.Error(cmp.Diff(want, revoked))
	}
}

// TestSeenSoonAfterTheTicket: a change that is merely seen is the owner's for an hour after
// the redemption; the shop's word is taken for a day.
func TestSeenSoonAfterTheTicket(t *testing.T) {
	r, err := breach.Reset{State: breach.ResetRequired}.Issue([32]byte{1}, resetStart)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Redeem([32]byte{1}, resetStart); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]breach.ResetState{
		time.Hour - 1: breach.ResetCompleted, time.Hour: breach.ResetChangedUnverified, 23 * time.Hour: breach.ResetChangedUnverified,
	} {
		if is := r.Observe(print(1, "00000001"), resetStart.Add(after)); is.State != want {
			t.Errorf("seen after %v: %s, want %s", after, is.State, want)
		}
	}
	if is, err := r.Complete(resetStart.Add(23 * time.Hour)); err != nil || is.State != breach.ResetCompleted {
		t.Errorf("the shop's word after 23 hours: %s, %v", is.State, err)
	}
}

// TestSamePassword: fingerprints are compared under a key that made both; where there is
// none, or none was seen, they are not the same.
func TestSamePassword(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []byte
		want bool
	}{
		{"one key", print(1, "00000001"), print(1, "00000001"), true},
		{"another password", print(1, "00000001"), print(2, "00000001"), false},
		{"a key was added", print(1, "00000001"), print(1, "00000002", "00000001"), true},
		{"a key was added, another password", print(1, "00000001"), print(2, "00000002", "00000001"), false},
		{"a key was retired", print(1, "00000002", "00000001"), print(1, "00000002"), true},
		{"no key in common", print(1, "00000001"), print(1, "00000002"), false},
		{"never seen", nil, nil, false},
		{"no longer seen", print(1, "00000001"), nil, false},
	} {
		if breach.SamePassword(c.a, c.b) != c.want || breach.SamePassword(c.b, c.a) != c.want {
			t.Errorf("%s: not %t", c.name, c.want)
		}
	}
}

// TestChangedSinceTheBackup: whoever chose another password since has nothing to reset, and
// who went back to it has.
func TestChangedSinceTheBackup(t *testing.T) {
	old, other := print(1, "00000001"), print(2, "00000001")
	r := breach.Reset{}.Plan(false, old, resetStart)
	r, err := r.SetBaseline(old)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		seen      []byte
		withdrawn bool
		want      breach.ResetState
	}{
		{old, false, breach.ResetPlanned}, {other, false, breach.ResetExempt}, {nil, false, breach.ResetExempt}, {old, false, breach.ResetPlanned},
		{old, true, breach.ResetExempt}, {nil, false, breach.ResetPlanned},
	} {
		if r = r.Plan(c.withdrawn, c.seen, resetStart); r.State != c.want {
			t.Fatalf("%+v makes it %s", c, r.State)
		}
	}
}
