package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wording"
)

// TestACall: from its beginning to its end, as a caller of a member's household has it.
func TestACall(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	call := r.about(t, sato, " Hanako＠example.com ")
	if call.Address.Reveal() != "hanako@example.com" || call.Proven || call.CodeSent {
		t.Fatalf("after the address: %+v", call)
	}
	code := r.sent(t, sato, call.ID, "hanako@example.com", 1)
	if len(code) != len("12-34-56-78") {
		t.Errorf("the code %d long is not in pairs", len(code))
	}
	_, err := r.calls.Confirm(t.Context(), sato, call.ID, misheard(code))
	notAccepted(t, "a wrong code", err)
	told, err := r.calls.Confirm(t.Context(), sato, call.ID, code)
	must(t, err)
	if told.Report.Status != breach.StatusListed || !told.Call.Proven || told.Call.ByLetter || len(told.Script) != 1 || told.Script[0].Part != wording.PartMember {
		t.Errorf("told: %+v %+v", told.Call, told.Script)
	}
	number := wording.CheckNumber(*told.Report.CheckNumber, breach.Japanese)
	for said, want := range map[string]bool{number: true, "「" + strings.ReplaceAll(number, " ", "") + "」": true, "さくら 0000": false} {
		if same, err := r.calls.CheckNumber(t.Context(), sato, call.ID, said); err != nil || same != want && said != number {
			t.Errorf("a check number: %t, %v; want %t", same, err, want)
		}
	}
	if _, err := r.calls.CheckNumber(t.Context(), sato, call.ID, "4821"); !errors.Is(err, lookup.ErrMalformedCode) {
		t.Errorf("what is no check number: %v", err)
	}
	for n := range 3 {
		c, err := r.calls.Extend(t.Context(), sato, call.ID)
		if n < agent.Extensions && (err != nil || c.ProvenUntil.Sub(told.Call.ProvenUntil) != time.Duration(n+1)*agent.Shown) || n == agent.Extensions && !errors.Is(err, agent.ErrExtended) {
			t.Errorf("extension %d: until %v, %v", n+1, c.ProvenUntil, err)
		}
	}
	_, err = r.calls.Told(t.Context(), sato, call.ID)
	must(t, err)
	must(t, r.calls.End(t.Context(), sato, call.ID, agent.OutcomeTold))
	r.over(t, sato, call.ID, agent.ErrNoCall)
	got := r.rows(t)
	want := []string{
		"sato call_open done am_i_listed", "sato call_address done tag", "sato call_code done phone tag", "sato guess refused phone short tag",
		"sato guess accepted phone short tag", "sato disclosure done phone listed tag",
		"sato call_number", "sato call_number", "sato call_number", "sato call_extend done tag", "sato call_extend done tag", "sato disclosure done phone listed tag", "sato call_end done told",
	}
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("rows:\n%s", strings.Join(got, "\n"))
	}
	if v := r.site.verifyLog(t, nil); v.Bad != nil || v.Rows < 13 {
		t.Errorf("the log: %+v", v)
	}
}

// over wants every step of a call to end in this error.
func (r *callRig) over(t *testing.T, who agent.Agent, id string, want error) {
	t.Helper()
	ctx := t.Context()
	steps := map[string]func() error{
		"get":     func() error { _, err := r.calls.Get(ctx, who, id); return err },
		"address": func() error { _, err := r.calls.Address(ctx, who, id, "hanako@example.com"); return err },
		"send":    func() error { _, err := r.calls.SendCode(ctx, who, id); return err },
		"confirm": func() error { _, err := r.calls.Confirm(ctx, who, id, "12345678"); return err },
		"letter":  func() error { _, err := r.calls.ConfirmLetter(ctx, who, id, r.letters[0].Grouped()); return err },
		"told":    func() error { _, err := r.calls.Told(ctx, who, id); return err },
		"extend":  func() error { _, err := r.calls.Extend(ctx, who, id); return err },
		"number":  func() error { _, err := r.calls.CheckNumber(ctx, who, id, "さくら 4821"); return err },
		"caller":  func() error { _, err := r.calls.TrainingCaller(ctx, who, id); return err },
		"end":     func() error { return r.calls.End(ctx, who, id, agent.OutcomeTold) },
	}
	for name, step := range steps {
		if err := step(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// TestAProofFades: after ten minutes nothing is told until something is proven anew, in the
// same call; another address forgets it at once; a first password shuts everything.
func TestAProofFades(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	call := r.about(t, sato, "hanako@example.com")
	_, err := r.calls.Confirm(t.Context(), sato, call.ID, r.sent(t, sato, call.ID, "hanako@example.com", 1))
	must(t, err)
	r.later(agent.Shown)
	for name, step := range map[string]func() error{
		"told":   func() error { _, err := r.calls.Told(t.Context(), sato, call.ID); return err },
		"extend": func() error { _, err := r.calls.Extend(t.Context(), sato, call.ID); return err },
		"number": func() error { _, err := r.calls.CheckNumber(t.Context(), sato, call.ID, "さくら 4821"); return err },
	} {
		if err := step(); !errors.Is(err, agent.ErrNotProven) {
			t.Errorf("%s after ten minutes: %v", name, err)
		}
	}
	told, err := r.calls.Confirm(t.Context(), sato, call.ID, r.sent(t, sato, call.ID, "hanako@example.com", 2))
	if err != nil || !told.Call.Proven || told.Call.Extended != 0 {
		t.Errorf("proven anew: %+v, %v", told.Call, err)
	}
	c, err := r.calls.Address(t.Context(), sato, call.ID, "other@example.com")
	if err != nil || c.Proven || c.CodeSent || !c.ProvenUntil.IsZero() {
		t.Errorf("another address: %+v, %v", c, err)
	}
	if _, err := r.calls.Told(t.Context(), sato, call.ID); !errors.Is(err, agent.ErrNotProven) {
		t.Errorf("told after another address: %v", err)
	}
	fresh := sato
	fresh.MustChange = true
	r.over(t, fresh, call.ID, agent.ErrMustChange)
	if _, err := r.calls.Open(t.Context(), fresh, agent.ReasonCard, false); !errors.Is(err, agent.ErrMustChange) {
		t.Errorf("a call with a first password: %v", err)
	}
}

// TestALetterInACall: its number opens what the letter is about, as often as it is read out.
func TestALetterInACall(t *testing.T) {
	r := openCalls(t)
	for range 2 {
		call := r.open(t, sato)
		told, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, r.letters[0].Grouped())
		if err != nil || !told.Report.ByLetter || !told.Call.ByLetter || told.Script[0].Part != wording.PartRecipient {
			t.Fatalf("%+v %+v, %v", told.Call, told.Script, err)
		}
		if same, err := r.calls.CheckNumber(t.Context(), sato, call.ID, wording.CheckNumber(*told.Report.CheckNumber, breach.English)); err != nil || !same {
			t.Errorf("the check number of the letter: %t, %v", same, err)
		}
		again, err := r.calls.Told(t.Context(), sato, call.ID)
		if err != nil || !again.Report.ByLetter {
			t.Errorf("again: %v", err)
		}
	}
	call := r.open(t, sato)
	_, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, r.letters[2].Grouped())
	notAccepted(t, "a number that is nobody's", err)
	_, err = r.calls.ConfirmLetter(t.Context(), sato, call.ID, "12345-67890-1234")
	if !errors.Is(err, breach.ErrLetterSlip) || !errors.Is(err, lookup.ErrMalformedCode) {
		t.Errorf("a slip: %v", err)
	}
	rows := strings.Join(r.rows(t), "\n")
	if strings.Count(rows, "sato call_letter done letter tag") != 2 || !strings.HasSuffix(rows, "sato call_letter refused letter") {
		t.Errorf("rows:\n%s", rows)
	}
}

// TestTrainingCalls: everybody who calls in training is told something that has words, no
// store but that of calls is asked, and a call that was taken to a proof makes a trained agent.
func TestTrainingCalls(t *testing.T) {
	r := openCalls(t)
	stories := map[string]bool{}
	for range 200 {
		call, err := r.calls.Open(t.Context(), sato, agent.ReasonListed, true)
		must(t, err)
		caller, err := r.calls.TrainingCaller(t.Context(), sato, call.ID)
		must(t, err)
		if stories[caller.Story.In(breach.Japanese)] {
			continue
		}
		stories[caller.Story.In(breach.Japanese)] = true
		told := r.practise(t, call, caller)
		if !told.Call.Training || !told.Call.Proven || len(told.Script) == 0 || (told.Report.Status == breach.StatusListed) != (told.Report.CheckNumber != nil) {
			t.Errorf("%s: %+v", caller.Story.In(breach.Japanese), told)
		}
		again, err := r.calls.Told(t.Context(), sato, call.ID)
		if err != nil || len(again.Script) != len(told.Script) {
			t.Errorf("again: %v", err)
		}
		if same, err := r.calls.CheckNumber(t.Context(), sato, call.ID, "サクラ４８２１"); err != nil || !same {
			t.Errorf("the check number in training: %t, %v", same, err)
		}
		must(t, r.calls.End(t.Context(), sato, call.ID, agent.OutcomeTold))
	}
	if len(stories) < 10 || len(r.trained.done) != len(stories) {
		t.Errorf("%d different callers, %d calls to their end", len(stories), len(r.trained.done))
	}
	for _, row := range r.rows(t) {
		if row != "sato call_open done training" && row != "sato call_end done training" {
			t.Errorf("a row %q of a training call", row)
		}
	}
	delete(r.asked, "")
	if len(r.asked) != 1 || !r.asked["session"] {
		t.Errorf("training asked Redis for %v", r.asked)
	}
}

// practise takes a training call to its proof.
func (r *callRig) practise(t *testing.T, call agent.Call, caller agent.Caller) agent.Told {
	t.Helper()
	if caller.LetterNumber != "" {
		told, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, caller.LetterNumber)
		must(t, err)
		return told
	}
	_, err := r.calls.Address(t.Context(), sato, call.ID, caller.Address)
	must(t, err)
	_, err = r.calls.SendCode(t.Context(), sato, call.ID)
	must(t, err)
	caller, err = r.calls.TrainingCaller(t.Context(), sato, call.ID)
	must(t, err)
	_, err = r.calls.Confirm(t.Context(), sato, call.ID, misheard(caller.PhoneCode))
	notAccepted(t, "a wrong code in training", err)
	told, err := r.calls.Confirm(t.Context(), sato, call.ID, caller.PhoneCode)
	must(t, err)
	return told
}
