package breach_test

import (
	"testing"

	"exposure/internal/breach"
)

func TestResetStates(t *testing.T) {
	inc := load(t, "tougyoku-2023")
	const ordered, planned, done = "Set a new MY page password.", "Change your MY page password.", "Your MY page password is new."
	for _, c := range []struct {
		state     breach.ResetState
		withdrawn bool
		want      breach.ReportedReset
		title     string // of reset_password; empty: not asked
	}{
		{"", false, breach.ReportedReset{State: breach.ResetPlanned}, planned},
		{breach.ResetPlanned, false, breach.ReportedReset{State: breach.ResetPlanned}, planned},
		{breach.ResetRequired, false, breach.ReportedReset{Required: true, State: breach.ResetRequired, Offered: true}, ordered},
		{breach.ResetTicketIssued, false, breach.ReportedReset{Required: true, State: breach.ResetTicketIssued, Offered: true}, ordered},
		{breach.ResetChangedUnverified, false, breach.ReportedReset{Required: true, State: breach.ResetChangedUnverified, Offered: true}, ordered},
		{breach.ResetCompleted, false, breach.ReportedReset{State: breach.ResetCompleted}, done},
		{breach.ResetExempt, false, breach.ReportedReset{State: breach.ResetExempt}, done},
		{"", true, breach.ReportedReset{State: breach.ResetExempt}, ""},
		{breach.ResetExempt, true, breach.ReportedReset{State: breach.ResetExempt}, ""},
	} {
		p := person(inc, "AB", nil)
		p.Withdrawn = c.withdrawn
		f := facts(t, inc, p)
		if c.state != "" {
			f.Resets = map[int64]breach.ResetState{p.Ref: c.state}
		}
		r := breach.NewReport(f)
		if r.Reset == nil || *r.Reset != c.want {
			t.Errorf("%q: reset %+v, want %+v", c.state, r.Reset, c.want)
		}
		title := ""
		for _, a := range r.Actions {
			if a.ID == breach.ActionResetPassword {
				title = a.Title.In(breach.English)
			}
		}
		if title != c.title {
			t.Errorf("%q: the action reads %q, want %q", c.state, title, c.title)
		}
	}
}
