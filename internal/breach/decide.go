package breach

import "time"

// exposures unites the cohorts of everybody at the address and returns the set of
// exposed categories.
func (f Facts) exposures(r *Report) map[CategoryID]bool {
	all := map[CategoryID]bool{}
	for i := range f.Incident.Cohorts {
		c := &f.Incident.Cohorts[i]
		held := f.certainties(c.ID)
		if held == nil {
			continue
		}
		e := ReportedExposure{Cohort: c.ID, Label: c.Label, Reason: c.Reason, Period: c.Period, Categories: []ReportedCategory{}}
		for _, x := range c.Exposes {
			certainty, ok := held[x.Category]
			if !ok {
				continue
			}
			label := x.Label
			if label == nil {
				label = f.Incident.label(x.Category)
			}
			e.Categories = append(e.Categories, ReportedCategory{ID: x.Category, Label: label, Certainty: certainty})
			all[x.Category] = true
		}
		r.Exposures = append(r.Exposures, e)
	}
	return all
}

// certainties is the union over the people at the address: known to be held by one
// beats "if entered" by another. Nil when nobody is in the cohort.
func (f Facts) certainties(id CohortID) map[CategoryID]Certainty {
	var held map[CategoryID]Certainty
	for _, p := range f.Answer.Persons {
		for _, e := range p.Exposures {
			if e.Cohort != id {
				continue
			}
			if held == nil {
				held = map[CategoryID]Certainty{}
			}
			for _, c := range e.Categories {
				if held[c.Category] != Possible {
					held[c.Category] = c.Certainty
				}
			}
		}
	}
	return held
}

func (f Facts) undetermined(r *Report, exposed map[CategoryID]bool) {
	touched := map[CategoryID]ReviewReason{}
	for _, p := range f.Answer.Persons {
		for _, o := range p.Review {
			for _, id := range o.Cohorts {
				c := f.Incident.Cohort(id)
				if c == nil {
					continue
				}
				for _, x := range c.Exposes {
					if _, seen := touched[x.Category]; !seen && !exposed[x.Category] {
						touched[x.Category] = o.Reason
					}
				}
			}
		}
	}
	for _, c := range f.Incident.Categories {
		if reason, ok := touched[c.ID]; ok {
			r.Undetermined = append(r.Undetermined, Undetermined{ID: c.ID, Label: c.Label, Reason: f.Incident.doubt(reason)})
		}
	}
}

// notExposed is what the person's cohorts rule out, less what is exposed or
// undetermined. It is never the complement: a guest must not read of a password.
func (f Facts) notExposed(r *Report, exposed map[CategoryID]bool) {
	out := map[CategoryID]bool{}
	for _, e := range r.Exposures {
		for _, id := range f.Incident.Cohort(e.Cohort).RulesOut {
			out[id] = true
		}
	}
	for _, u := range r.Undetermined {
		delete(out, u.ID)
	}
	for _, c := range f.Incident.Categories {
		if out[c.ID] && !exposed[c.ID] {
			r.NotExposed = append(r.NotExposed, c)
		}
	}
}

func (f Facts) reset(r *Report) {
	offered := false
	for _, p := range f.Answer.Persons {
		if !f.asksReset(p) {
			continue
		}
		state := f.resetState(p)
		if r.Reset == nil || state.urgency() > r.Reset.State.urgency() {
			r.Reset = &ReportedReset{Required: state.Barred(), State: state}
		}
		offered = offered || f.mayReset(p)
	}
	if r.Reset != nil {
		r.Reset.Offered = offered
	}
}

// MayReset are the references of the people for whom this answer gives the right to set a
// new password. A report offers it exactly when there are any.
func (f Facts) MayReset() (refs []int64) {
	for _, p := range f.Answer.Persons {
		if f.asksReset(p) && f.mayReset(p) {
			refs = append(refs, p.Ref)
		}
	}
	return refs
}

// mayReset tells whether this answer gives the right to set a new password for a person:
// a letter never does, nor a mailbox that is not, or not any more, the login address.
func (f Facts) mayReset(p Person) bool {
	return !f.ByLetter && p.Edge == EdgeLogin && !p.Withdrawn && f.resetState(p).Barred()
}

func (f Facts) asksReset(p Person) bool { return f.Incident.AsksReset(p) }

// AsksReset tells whether somebody is in a cohort that asks for a new password.
func (in *Incident) AsksReset(p Person) bool {
	for _, e := range p.Exposures {
		c := in.Cohort(e.Cohort)
		if c == nil {
			continue
		}
		for _, a := range c.Actions {
			if a.ID == ActionResetPassword {
				return true
			}
		}
	}
	return false
}

func (f Facts) resetState(p Person) ResetState {
	if s, ok := f.Resets[p.Ref]; ok {
		return s
	}
	if p.Withdrawn {
		return ResetExempt
	}
	return ResetPlanned
}

// firstNoticeOnly: told once that they were affected, and found on no list since.
// Such people are asked to call, never left with a bare "not listed".
func (f Facts) firstNoticeOnly() bool {
	for _, p := range f.Answer.Persons {
		if p.FirstNotice {
			return true
		}
	}
	return false
}

func (f Facts) wanted(exposed map[CategoryID]bool) map[ActionID]bool {
	want := map[ActionID]bool{}
	for _, id := range f.Incident.Common {
		want[id] = true
	}
	for _, p := range f.Answer.Persons {
		for _, e := range p.Exposures {
			c := f.Incident.Cohort(e.Cohort)
			if c == nil {
				continue
			}
			for _, a := range c.Actions {
				if a.IfExposed == "" || exposed[a.IfExposed] {
					want[a.ID] = true
				}
			}
		}
	}
	if f.allMembersWithdrawn() {
		delete(want, ActionResetPassword)
	}
	return want
}

func (f Facts) actions(r *Report, want map[ActionID]bool) {
	for _, a := range f.Incident.Actions {
		if !want[a.ID] {
			continue
		}
		w := Wording{Title: a.Title, Body: a.Body}
		if v, ok := a.Variants[f.variant(a.ID, r.Reset)]; ok {
			w = v
		}
		r.Actions = append(r.Actions, ReportedAction{ID: a.ID, Title: w.Title, Body: w.Body})
	}
}

func (f Facts) variant(id ActionID, reset *ReportedReset) Variant {
	switch id {
	case ActionResetPassword:
		if reset == nil {
			return ""
		}
		switch reset.State {
		case ResetPlanned:
			return VariantPlanned
		case ResetCompleted, ResetExempt:
			return VariantCompleted
		}
	case ActionChangeReusedPassword:
		if f.allMembersWithdrawn() {
			return VariantWithdrawn
		}
	case ActionBewareOfContacts:
		if f.ByLetter {
			return VariantLetter
		}
	}
	return ""
}

func (f Facts) allMembersWithdrawn() bool {
	some := false
	for _, p := range f.Answer.Persons {
		if !f.asksReset(p) {
			continue
		}
		if !p.Withdrawn {
			return false
		}
		some = true
	}
	return some
}

// cannotTellAt words the statements for now: while no letters go out, none is
// promised as if it did.
func (in *Incident) cannotTellAt(now time.Time) []Statement {
	list := []Statement{}
	sending := in.Notices.LettersFrom != nil && !now.Before(*in.Notices.LettersFrom)
	for _, s := range in.CannotTell {
		if s.BeforeLetters != nil && !sending {
			s.Text = s.BeforeLetters
		}
		list = append(list, Statement{ID: s.ID, Text: s.Text})
	}
	return list
}

func (in *Incident) label(id CategoryID) Text {
	for _, c := range in.Categories {
		if c.ID == id {
			return c.Label
		}
	}
	return nil
}

// doubt is what to tell about a review reason; a reason without words of its own
// uses the text of UnclearRecord.
func (in *Incident) doubt(reason ReviewReason) Text {
	var other Text
	for _, d := range in.Doubts {
		switch d.Reason {
		case reason:
			return d.Text
		case UnclearRecord:
			other = d.Text
		}
	}
	return other
}
