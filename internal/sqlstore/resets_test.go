package sqlstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// resetEntry is what somebody does about resets at a time.
func resetEntry(a audit.Action, at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

// plannedOf plans members of these numbers.
func (s *store) planned(t testing.TB, at time.Time, ids ...string) *sqlstore.Resets {
	t.Helper()
	var all []reset.Planned
	for _, id := range ids {
		all = append(all, reset.Planned{MemberID: id, Fingerprint: s.keys.PasswordFingerprint(id, []byte("old"))})
	}
	r := s.Resets(s.keys)
	if _, err := r.Plan(t.Context(), resetEntry(audit.ResetPlan, at), all); err != nil {
		t.Fatal(err)
	}
	return r
}

func order(at time.Time) reset.Step {
	return func(r breach.Reset) (breach.Reset, error) { return r.Order(at), nil }
}

func issue(ticket byte, at time.Time) reset.Step {
	return func(r breach.Reset) (breach.Reset, error) { return r.Issue([32]byte{ticket}, at) }
}

// change changes members and fails the test if that fails.
func change(t testing.TB, r *sqlstore.Resets, a audit.Action, at time.Time, step reset.Step, ids ...string) []breach.Reset {
	t.Helper()
	all, err := r.Change(t.Context(), resetEntry(a, at), ids, step)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestResetKeepsEverything: what a step returned is what is read afterwards, in every field.
func TestResetKeepsEverything(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "7")
	got := change(t, r, audit.ResetOrder, start, func(x breach.Reset) (breach.Reset, error) {
		x.State, x.Since, x.Ordered, x.Barred = breach.ResetTicketIssued, start, start.Add(1e9), start.Add(2e9)
		x.Ticket, x.TicketEnds, x.Spent, x.Redeemed = [32]byte{1, 2}, start.Add(3e9), true, start.Add(4e9)
		x.Unverified, x.Fingerprint, x.Baseline, x.Notify = start.Add(5e9), []byte("f"), []byte("b"), []byte("n")
		return x, nil
	}, "7")[0]
	read, err := r.Get(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, read); diff != "" {
		t.Error(diff)
	}
	if got.MemberID != "7" || got.Handle != s.keys.PersonHandle("M:7") || !got.Spent || string(got.Notify) != "n" || got.Ticket[1] != 2 {
		t.Errorf("%+v", got)
	}
	if _, err := r.Get(t.Context(), "8"); !errors.Is(err, reset.ErrUnknownMember) {
		t.Errorf("Get of somebody else = %v, want ErrUnknownMember", err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPlanning: planning twice does nothing twice, exempts who has nothing to reset, and
// leaves alone what is ordered.
func TestPlanning(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1", "2", "3")
	old, other := s.keys.PasswordFingerprint("3", []byte("old")), s.keys.PasswordFingerprint("3", []byte("new"))
	change(t, r, audit.ResetBaseline, start, func(x breach.Reset) (breach.Reset, error) { return x.SetBaseline(old) }, "3")
	change(t, r, audit.ResetOrder, start, order(start), "2")
	before := s.verify(t).Rows
	got, err := r.Plan(t.Context(), resetEntry(audit.ResetPlan, start.Add(time.Hour)), []reset.Planned{
		{MemberID: "1", Withdrawn: true}, {MemberID: "2", Withdrawn: true, Fingerprint: other}, {MemberID: "3", Fingerprint: other}, {MemberID: "4"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, x := range got {
		states = append(states, fmt.Sprintf("%s %s>%s", x.MemberID, x.Was, x.State))
	}
	want := []string{"1 planned>exempt", "2 required>required", "3 planned>exempt", "4 >planned"}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if x, _ := r.Get(t.Context(), "2"); !breach.SamePassword(x.Fingerprint, s.keys.PasswordFingerprint("2", []byte("old"))) {
		t.Error("planning again took another password for the one to be made worthless")
	}
	if rows := s.verify(t).Rows; rows != before+3 {
		t.Errorf("%d audit rows more, want 3: one each for who changed", rows-before)
	}
	if _, err := r.Plan(t.Context(), resetEntry(audit.ResetPlan, start), []reset.Planned{{}}); err == nil {
		t.Error("a member without a number was planned")
	}
}

// TestChangeIsAllOrNothing: a member without a reset, or a step that fails, changes nobody.
func TestChangeIsAllOrNothing(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1", "2")
	rows := s.verify(t).Rows
	entry := resetEntry(audit.ResetOrder, start)
	if _, err := r.Change(t.Context(), entry, []string{"1", "9"}, order(start)); !errors.Is(err, reset.ErrUnknownMember) {
		t.Errorf("Change with somebody unknown = %v", err)
	}
	refusal := errors.New("no")
	_, err := r.Change(t.Context(), entry, []string{"1", "2"}, func(x breach.Reset) (breach.Reset, error) {
		if x.MemberID == "2" {
			return x, refusal
		}
		return x.Order(start), nil
	})
	if !errors.Is(err, refusal) {
		t.Errorf("Change = %v, want the step's own error", err)
	}
	if x, err := r.Get(t.Context(), "1"); err != nil || x.State != breach.ResetPlanned {
		t.Errorf("member 1 is %s, %v; want planned", x.State, err)
	}
	change(t, r, audit.ResetOrder, start, func(x breach.Reset) (breach.Reset, error) { return x, nil }, "1", "2")
	if now := s.verify(t).Rows; now != rows {
		t.Errorf("%d audit rows about nothing", now-rows)
	}
	if _, err := r.Change(t.Context(), entry, make([]string, 1001), order(start)); !errors.Is(err, sqlstore.ErrTooMany) {
		t.Errorf("Change of 1,001 = %v", err)
	}
}

// TestChangeWritesWhoAndWhat: the log says who did what to whom, and is whole.
func TestChangeWritesWhoAndWhat(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1")
	e := resetEntry(audit.ResetOrder, start)
	e.Detail = "pilot"
	if _, err := r.Change(t.Context(), e, []string{"1"}, order(start)); err != nil {
		t.Fatal(err)
	}
	encoded := valuesOf(t, s.raw(t), `SELECT encoded FROM audit_entries ORDER BY seq DESC LIMIT 1`, 1)[0][0].([]byte)
	got, err := audit.Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	handle := breach.Tag(s.keys.PersonHandle("M:1"))
	if *got.Tag != handle || got.Purpose != audit.Member || got.Detail != "required pilot" || got.Actor.ID != "sato" || got.Attempt == [16]byte{} {
		t.Errorf("%+v", got)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Error(v.Bad)
	}
}

// TestTicketsCoverAMailbox: one ticket changes everybody it was issued for, and nobody else.
func TestTicketsCoverAMailbox(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1", "2", "3")
	change(t, r, audit.ResetOrder, start, order(start), "1", "2", "3")
	change(t, r, audit.ResetTicket, start, issue(1, start), "1", "2")
	change(t, r, audit.ResetTicket, start, issue(2, start), "3")
	got, err := r.ChangeTicket(t.Context(), resetEntry(audit.ResetRedeem, start), [32]byte{1}, func(x breach.Reset) (breach.Reset, error) { return x.Redeem([32]byte{1}, start) })
	if err != nil || len(got) != 2 || got[0].MemberID == "3" || got[1].MemberID == "3" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, ticket := range [][32]byte{{}, {3}} {
		if _, err := r.ChangeTicket(t.Context(), resetEntry(audit.ResetRedeem, start), ticket, order(start)); !errors.Is(err, breach.ErrTicketSpent) {
			t.Errorf("ChangeTicket of nobody's = %v", err)
		}
	}
}

// TestListsReadOn: lists come in the order of the newest change, by state, and are read on
// without missing anybody.
func TestListsReadOn(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1", "2", "3", "4", "5")
	change(t, r, audit.ResetOrder, start.Add(time.Minute), order(start.Add(time.Minute)), "4", "2")
	var read []string
	for after := int64(0); ; {
		page, err := r.List(t.Context(), reset.Query{After: after, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			read, after = append(read, l.MemberID), l.Change
		}
	}
	if diff := cmp.Diff([]string{"1", "3", "5", "4", "2"}, read); diff != "" {
		t.Error(diff)
	}
	some, err := r.List(t.Context(), reset.Query{States: []breach.ResetState{breach.ResetRequired, breach.ResetExempt}, Limit: 9})
	if err != nil || len(some) != 2 || some[0].MemberID != "4" {
		t.Errorf("%+v, %v", some, err)
	}
	for _, limit := range []int{0, 1001} {
		if _, err := r.List(t.Context(), reset.Query{Limit: limit}); err == nil {
			t.Errorf("a list of %d", limit)
		}
	}
	counts, err := r.Count(t.Context(), start.Add(2*time.Hour))
	if err != nil || len(counts) != len(breach.ResetStates()) || counts[0].Aged != [5]int{0, 3} || counts[1].Aged != [5]int{0, 2} || counts[1].Total() != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestHolding: one switch, with a reason, recorded.
func TestHolding(t *testing.T) {
	s := newStore(t)
	r := s.Resets(s.keys)
	if err := r.Release(t.Context(), resetEntry(audit.ResetRelease, start)); !errors.Is(err, sqlstore.ErrNotHeld) {
		t.Errorf("Release of nothing = %v", err)
	}
	for reason, want := range map[string]error{" ": sqlstore.ErrNoReason, "ask a@example.jp": sqlstore.ErrAddressInReason} {
		if err := r.Hold(t.Context(), reason, resetEntry(audit.ResetHold, start)); !errors.Is(err, want) {
			t.Errorf("Hold(%q) = %v", reason, err)
		}
	}
	for i, reason := range []string{"phones are down", "still down"} {
		if err := r.Hold(t.Context(), reason, resetEntry(audit.ResetHold, start.Add(time.Duration(i)*time.Hour))); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := r.Held(t.Context()); err != nil || h == nil || h.Reason != "still down" || h.By != "sato" || !h.Since.Equal(start) {
		t.Errorf("%+v, %v", h, err)
	}
	if err := r.Release(t.Context(), resetEntry(audit.ResetRelease, start)); err != nil {
		t.Fatal(err)
	}
	if h, err := r.Held(t.Context()); err != nil || h != nil {
		t.Errorf("%+v, %v; want none", h, err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
