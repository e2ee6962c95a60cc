package main

import (
	"errors"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/lookup"
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
