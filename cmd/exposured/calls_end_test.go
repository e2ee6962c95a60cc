package main

import (
	"errors"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// TestNoCallEndsWithoutItsRow: a call whose end the log does not take goes on, whether its
// agent ends it or takes the next one; once the log takes rows again there is one of its end.
func TestNoCallEndsWithoutItsRow(t *testing.T) {
	r := openCalls(t)
	call, err := r.calls.Open(t.Context(), sato, agent.ReasonCard, false)
	must(t, err)
	r.disk.full.Store(true)
	if err := r.calls.End(t.Context(), sato, call.ID, agent.OutcomeFacts); !errors.Is(err, lookup.ErrCouldNotCheck) {
		t.Errorf("its end: %v", err)
	}
	if _, err := r.calls.Open(t.Context(), sato, agent.ReasonCard, false); !errors.Is(err, lookup.ErrCouldNotCheck) {
		t.Errorf("the next one: %v", err)
	}
	r.disk.full.Store(false)
	if got, err := r.calls.Get(t.Context(), sato, call.ID); err != nil || got.Reason != agent.ReasonCard {
		t.Fatalf("it does not go on: %v", err)
	}
	must(t, r.calls.End(t.Context(), sato, call.ID, agent.OutcomeFacts))
	r.over(t, sato, call.ID, agent.ErrNoCall)
	if ends := r.site.entries(t, audit.CallEnd); len(ends) != 1 {
		t.Errorf("%d rows of its end", len(ends))
	}
}

// TestAFullDiskGivesNoGuesses: what was refused and could not be recorded stays charged to the
// agent, and a right number or code that could not be answered does not.
func TestAFullDiskGivesNoGuesses(t *testing.T) {
	r := openCalls(t)
	disk := &fullDisk{Recorder: r.service.Recorder}
	r.service.Recorder = disk
	call := r.about(t, sato, "hanako@example.com")
	disk.full.Store(true)
	for n := range 30 {
		if _, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, r.letters[0].Grouped()); !errors.Is(err, lookup.ErrCouldNotCheck) {
			t.Fatalf("right number %d: %v", n+1, err)
		}
	}
	for n := range 20 {
		if _, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, r.letters[2].Grouped()); !errors.Is(err, lookup.ErrCouldNotCheck) {
			t.Fatalf("number %d of nobody: %v", n+1, err)
		}
	}
	disk.full.Store(false)
	over := new(ratelimit.Exceeded)
	if _, err := r.calls.ConfirmLetter(t.Context(), sato, call.ID, r.letters[2].Grouped()); !errors.As(err, &over) || over.Name != ratelimit.AgentLetter {
		t.Errorf("after twenty numbers of nobody: %v", err)
	}
	disk.full.Store(true)
	for n := range 30 {
		if _, err := r.calls.Confirm(t.Context(), sato, call.ID, "12-34-56-78"); !errors.Is(err, lookup.ErrCouldNotCheck) {
			t.Fatalf("wrong code %d: %v", n+1, err)
		}
	}
	disk.full.Store(false)
	if _, err := r.calls.Confirm(t.Context(), sato, call.ID, "12-34-56-78"); !errors.As(err, &over) || over.Name != ratelimit.AgentGuess {
		t.Errorf("after thirty wrong codes: %v", err)
	}
}
