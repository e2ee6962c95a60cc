package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// recordOf is the handle of a record of the review list.
func recordOf(n int) breach.Handle {
	h := handleOf(n)
	h[0] ^= 0xff
	return h
}

func record(n int, reason breach.ReviewReason, applied breach.Decision) sqlstore.StagedReview {
	return sqlstore.StagedReview{Handle: recordOf(n), Reason: reason, Applied: applied, Sealed: fmt.Appendf(nil, "sealed %d", n)}
}

// commitReviewed makes a version of three people with a review list.
func commitReviewed(t *testing.T, s *store, sources string, list ...sqlstore.StagedReview) int64 {
	t.Helper()
	st, err := s.roster.Stage(t.Context(), meta(sources))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, st, 0, 3)
	for _, r := range list {
		if err := st.AddReview(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func reviewEntry() audit.Entry {
	e := importEntry()
	e.Action = audit.Review
	return e
}

func decide(t *testing.T, s *store, n int, reason breach.ReviewReason, d breach.Decision) {
	t.Helper()
	if err := s.roster.Decide(t.Context(), []sqlstore.Decided{{Handle: recordOf(n), Reason: reason, Decision: d}}, "Sato", reviewEntry()); err != nil {
		t.Fatal(err)
	}
}

// TestReviewStory: a version waits for decisions, and for an import that knows them.
func TestReviewStory(t *testing.T) {
	s := newStore(t)
	publish := func(id int64) error { return s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)) }
	refused := func(id int64, want error, naming string) {
		t.Helper()
		for name, err := range map[string]error{"Publish": publish(id), "Publishable": s.roster.Publishable(t.Context(), id, twoNames())} {
			if !errors.Is(err, want) || !strings.Contains(fmt.Sprint(err), naming) {
				t.Errorf("%s = %v, want %v: %s", name, err, want, naming)
			}
		}
	}
	id := commitReviewed(t, s, "a", record(1, breach.NearBuyer, ""), record(2, breach.NearBuyer, ""), record(3, breach.UnclearRecord, ""))
	refused(id, sqlstore.ErrUndecided, string(breach.NearBuyer)+" 2, "+string(breach.UnclearRecord)+" 1")

	decide(t, s, 1, breach.NearBuyer, breach.DecidedLater)
	decide(t, s, 2, breach.NearBuyer, breach.DecidedIn)
	refused(id, sqlstore.ErrUndecided, string(breach.UnclearRecord)+" 1")
	if n, err := s.roster.DecideLater(t.Context(), id, "Sato", reviewEntry()); err != nil || n != 1 {
		t.Errorf("DecideLater = %d, %v; want the one that is left", n, err)
	}
	refused(id, sqlstore.ErrDecidedSince, string(breach.NearBuyer)+" 1") // made without the decision "in"

	next := commitReviewed(t, s, "b", record(1, breach.NearBuyer, breach.DecidedLater), record(2, breach.NearBuyer, breach.DecidedIn), record(3, breach.UnclearRecord, ""))
	decide(t, s, 2, breach.NearBuyer, breach.DecidedLater) // second thoughts
	refused(next, sqlstore.ErrDecidedSince, string(breach.NearBuyer)+" 1")
	decide(t, s, 2, breach.NearBuyer, breach.DecidedOut)
	refused(next, sqlstore.ErrDecidedSince, string(breach.NearBuyer)+" 1")
	decide(t, s, 2, breach.NearBuyer, breach.DecidedIn)
	if err := publish(next); err != nil {
		t.Fatal(err)
	}
	refused(next, sqlstore.ErrAlreadyPublished, fmt.Sprint(next))
	refused(id, sqlstore.ErrDecidedSince, string(breach.NearBuyer)+" 1") // going back would undo the decision
	back := twoNames()
	back.Override = "the new list is wrong"
	if err := s.roster.Publishable(t.Context(), id, back); err != nil {
		t.Errorf("going back for a recorded reason: %v", err)
	}
	if open := commitReviewed(t, s, "c", record(4, breach.NearBuyer, "")); !errors.Is(s.roster.Publishable(t.Context(), open, back), sqlstore.ErrUndecided) {
		t.Error("a reason publishes what nobody decided about")
	}

	want := map[breach.Handle]breach.Decision{recordOf(1): breach.DecidedLater, recordOf(2): breach.DecidedIn, recordOf(3): breach.DecidedLater}
	if got, err := s.roster.Decisions(t.Context()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Decisions = %v, %v", got, err)
	}
	raw := s.raw(t)
	if rows, entries := count(t, raw, `SELECT count(*) FROM decisions`), count(t, raw, `SELECT count(*) FROM audit_entries WHERE action = 'review'`); rows != 6 || entries != 6 {
		t.Errorf("%d decisions and %d audit rows, want 6 and 6: nothing is replaced", rows, entries)
	}
	v, err := s.roster.Version(t.Context(), next)
	if list, e := s.roster.Reviews(t.Context(), next); errors.Join(err, e) != nil || len(list) != 3 || v.Reviews != 3 {
		t.Errorf("%d records, %v, %v", len(list), err, e)
	} else {
		for _, r := range list {
			if want := []byte("sealed "); !strings.HasPrefix(string(r.Sealed), string(want)) {
				t.Errorf("a record came back as %v", r)
			}
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	s := newStore(t)
	one := sqlstore.Decided{Handle: recordOf(1), Reason: breach.NearBuyer, Decision: breach.DecidedIn}
	odd, nobody, pointless := one, one, one
	odd.Decision, nobody.Handle, pointless.Reason = "maybe", breach.Handle{}, ""
	useless := reviewEntry()
	useless.Actor.ID = ""
	for name, c := range map[string]struct {
		decided []sqlstore.Decided
		by      string
		entry   audit.Entry
		want    error
	}{
		"nothing":            {nil, "Sato", reviewEntry(), nil},
		"unknown decision":   {[]sqlstore.Decided{odd}, "Sato", reviewEntry(), nil},
		"no record":          {[]sqlstore.Decided{nobody}, "Sato", reviewEntry(), nil},
		"no reason":          {[]sqlstore.Decided{pointless}, "Sato", reviewEntry(), nil},
		"twice":              {[]sqlstore.Decided{one, one}, "Sato", reviewEntry(), sqlstore.ErrDuplicate},
		"by nobody":          {[]sqlstore.Decided{one}, " \u3000", reviewEntry(), sqlstore.ErrNoName},
		"by an address":      {[]sqlstore.Decided{one}, "sato＠example.jp", reviewEntry(), sqlstore.ErrAddressAsName},
		"another's entry":    {[]sqlstore.Decided{one}, "Sato", importEntry(), audit.ErrInvalid},
		"useless entry":      {[]sqlstore.Decided{one}, "Sato", useless, audit.ErrInvalid},
		"one of two unknown": {[]sqlstore.Decided{one, odd}, "Sato", reviewEntry(), nil},
	} {
		if err := s.roster.Decide(t.Context(), c.decided, c.by, c.entry); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := count(t, s.raw(t), `SELECT (SELECT count(*) FROM decisions) + (SELECT count(*) FROM audit_entries)`); n != 0 {
		t.Errorf("%d rows of refused decisions", n)
	}
}

func TestHarmToReviewsAndDecisions(t *testing.T) {
	s := newStore(t)
	id := commitReviewed(t, s, "a", record(1, breach.NearBuyer, ""), record(2, breach.UnclearRecord, breach.DecidedIn))
	for _, d := range []breach.Decision{breach.DecidedIn, breach.DecidedOut, breach.DecidedLater} {
		decide(t, s, 1, breach.NearBuyer, d)
	}
	raw := s.raw(t)
	harmEach(t, raw, "roster_reviews", "true", func() error { _, err := s.roster.Reviews(t.Context(), id); return err })
	harmEach(t, raw, "decisions", "true", func() error { _, err := s.roster.Decisions(t.Context()); return err })
	// Hidden altogether, as if made under other keys: the version was made with one of them, so that they cannot be missing.
	if err := run(raw, `UPDATE decisions SET key_check = zeroblob(32)`); err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("Publish without the decisions = %v, want ErrAltered", err)
	}
	if err := run(raw, `DELETE FROM roster_reviews`); err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Publish without the review list = %v, want ErrUnproven", err)
	}
}

// TestDecidingWhilePublishing: whichever comes first, a version is never published after a
// decision it does not know.
func TestDecidingWhilePublishing(t *testing.T) {
	s := newStore(t)
	raw := s.raw(t)
	var firsts [2]int
	for n := range 30 {
		id := commitReviewed(t, s, fmt.Sprint(n), record(n, breach.NearBuyer, ""))
		decide(t, s, n, breach.NearBuyer, breach.DecidedLater)
		var wg sync.WaitGroup
		var published error
		wg.Go(func() { published = s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)) })
		wg.Go(func() {
			time.Sleep(time.Duration(n) * 100 * time.Microsecond)
			decide(t, s, n, breach.NearBuyer, breach.DecidedOut)
		})
		wg.Wait()
		switch {
		case published == nil:
			firsts[0]++
			if count(t, raw, `SELECT (SELECT max(seq) FROM audit_entries WHERE action = 'publish') > (SELECT max(seq) FROM audit_entries WHERE action = 'review')`) == 1 {
				t.Error("published after a decision that the version does not know")
			}
		case errors.Is(published, sqlstore.ErrDecidedSince):
			firsts[1]++
		default:
			t.Errorf("Publish = %v", published)
		}
	}
	t.Logf("%d were published first, %d decided first", firsts[0], firsts[1])
}
