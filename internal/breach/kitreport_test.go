package breach_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/breach"
)

// TestKitReportsNeverEndAReset: whatever is done to a reset before, and whatever a kit says
// then, the state is the same, or that of a password nobody answers for; a redeemed ticket
// that may still be completed stays one; and saying it again is no news.
func TestKitReportsNeverEndAReset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := &journey{now: resetStart}
		j.r = breach.Reset{MemberID: "1001"}.Plan(false, nil, j.now)
		if rapid.Bool().Draw(t, "redeemed") { // seldom reached by chance
			j.tickets = 1
			issued, err := j.r.Order(j.now).Issue(j.ticket(1), j.now)
			if err != nil {
				t.Fatal(err)
			}
			if j.r, err = issued.Redeem(j.ticket(1), j.now); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			j.now = j.now.Add(rapid.SampledFrom([]time.Duration{0, 700 * time.Millisecond, time.Minute, 2 * time.Hour, 25 * time.Hour}).Draw(t, "then"))
			steps := j.steps(t)
			name := rapid.SampledFrom([]string{"order", "bar", "issue", "redeem", "redeem", "complete", "observe", "accept", "revoke"}).Draw(t, "step")
			if next, err := steps[name](); err == nil {
				if name == "issue" {
					j.tickets++
				}
				j.r = next
			}
			report(t, j)
		}
	})
}

// report lets a kit say something about the reset as it is.
func report(t *rapid.T, j *journey) {
	before, at := j.r, j.now.Add(time.Duration(rapid.IntRange(0, 3_000).Draw(t, "later"))*time.Millisecond)
	since := before.Since.Truncate(time.Second).Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, -1, 1, -60}).Draw(t, "off")) * time.Second)
	next, news := before.KitBarred(since, at)
	if changed := rapid.Bool().Draw(t, "changed"); changed {
		next, news = before.KitChanged(since, print(byte(rapid.IntRange(0, 2).Draw(t, "password")), "00000001"), at)
	}
	switch {
	case !news && !cmp.Equal(before, next):
		t.Fatalf("no news, and %+v became %+v", before, next)
	case news && !before.State.Barred():
		t.Fatalf("news of a member of whom nothing is asked: %+v", before)
	case news && next.State != before.State && next.State != breach.ResetChangedUnverified:
		t.Fatalf("a report made %s of %s", next.State, before.State)
	case before.State == breach.ResetTicketIssued && before.Spent && next.State != before.State && at.Before(before.Redeemed.Add(breach.RedeemedLife)):
		t.Fatalf("a report took away the redeemed ticket of %+v", before)
	case news && next.State == breach.ResetChangedUnverified && next.Barred.IsZero() && !next.Since.Truncate(time.Second).After(before.Since.Truncate(time.Second)):
		t.Fatalf("the list would name the time of before: %s after %s", next.Since, before.Since)
	}
	j.r = next
}

// TestStaleKitReports are those of before something newer, and those of no list at all.
func TestStaleKitReports(t *testing.T) {
	ordered := resetStart.Add(300 * time.Millisecond)
	r := breach.Reset{MemberID: "1001"}.Plan(false, nil, resetStart).Order(ordered)
	told := resetStart // whole seconds
	for what, since := range map[string]time.Time{"before the order": told.Add(-time.Second), "of the future": told.Add(time.Second), "of no time": {}} {
		if _, news := r.KitBarred(since, ordered.Add(time.Minute)); news {
			t.Errorf("a bar %s counts", what)
		}
		if _, news := r.KitChanged(since, print(1, "00000001"), ordered.Add(time.Minute)); news {
			t.Errorf("a password %s counts", what)
		}
	}
	if _, news := r.KitChanged(told, print(1, "00000001"), ordered.Add(100*time.Millisecond)); news {
		t.Error("a password counts in the second of the order: the list could not say so")
	}
	barred, news := r.KitBarred(told, ordered.Add(time.Minute))
	if !news || !barred.Barred.Equal(ordered.Add(time.Minute)) {
		t.Fatalf("the bar of the order: %v %+v", news, barred)
	}
	issued, err := barred.Issue([32]byte{1}, ordered.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, news := issued.KitChanged(told, print(1, "00000001"), ordered.Add(3*time.Minute)); news {
		t.Error("a password of before the ticket counts")
	}
	late, err := r.Issue([32]byte{1}, ordered.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, news := late.KitBarred(told, ordered.Add(2*time.Minute)); !news {
		t.Error("the bar of the order does not count once a ticket is issued")
	}
	strange, news := barred.KitChanged(told, print(1, "00000001"), ordered.Add(2*time.Minute))
	if !news || strange.State != breach.ResetChangedUnverified {
		t.Fatalf("a stranger's password: %v %+v", news, strange)
	}
	again, err := strange.Issue([32]byte{2}, ordered.Add(3*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, news := again.KitBarred(told, ordered.Add(4*time.Minute)); news {
		t.Error("a bar of before a stranger's password counts, because a ticket was issued after it")
	}
	if _, news := again.KitBarred(strange.Since.Truncate(time.Second), ordered.Add(4*time.Minute)); !news {
		t.Error("a bar of after a stranger's password does not count")
	}
}
