package breach

import (
	"slices"
	"time"
)

// Status is the answer itself. The third state, "could not check", is never a
// report: it is an error.
type Status string

// The two statuses a report may have.
const (
	StatusListed    Status = "listed"
	StatusNotListed Status = "not_listed"
)

// Report is what one person is told. Its lists are in incident-file order, without
// duplicates, and never nil.
type Report struct {
	Incident     string
	AsOf         time.Time // when the version it is read from was published
	Version      int64
	Status       Status
	CheckNumber  *CheckNumber // nil unless listed
	Exposures    []ReportedExposure
	NotExposed   []Category
	Undetermined []Undetermined
	CannotTell   []Statement // empty when listed
	Actions      []ReportedAction
	Reset        *ReportedReset // nil unless a cohort of the person asks for one
	Contact      ReportedContact
}

// ReportedExposure is one source of exposed data.
type ReportedExposure struct {
	Cohort     CohortID
	Label      Text
	Reason     Text
	Period     Period
	Categories []ReportedCategory
}

// ReportedCategory is one exposed category by its name in that source.
type ReportedCategory struct {
	ID        CategoryID
	Label     Text
	Certainty Certainty
}

// Undetermined is a category about which an open review record leaves doubt.
type Undetermined struct {
	ID     CategoryID
	Label  Text
	Reason Text
}

// ReportedAction is one thing to do.
type ReportedAction struct {
	ID    ActionID
	Title Text
	Body  Text
}

// ReportedReset is the state of the forced password reset.
type ReportedReset struct {
	Required bool
	State    ResetState
}

// ReportedContact is the help line as it stands at the time of the report.
type ReportedContact struct {
	Phone    string
	Email    string
	Hours    Text
	OpenNow  bool
	NextOpen *time.Time // nil while open, or when no opening is known
}

// Facts are all a report depends on.
type Facts struct {
	Incident    *Incident
	Version     int64
	PublishedAt time.Time
	Answer      Answer
	CheckNumber CheckNumber
	ByLetter    bool                 // proven by a letter number
	Resets      map[int64]ResetState // by Person.Ref; absent: planned, or exempt when withdrawn
	Now         time.Time
}

// NewReport decides what a person is told. It is the only place that does.
func NewReport(f Facts) Report {
	r := Report{
		Incident:     f.Incident.ID,
		AsOf:         f.PublishedAt.In(f.Incident.Zone),
		Version:      f.Version,
		Status:       StatusNotListed,
		Exposures:    []ReportedExposure{},
		NotExposed:   []Category{},
		Undetermined: []Undetermined{},
		CannotTell:   []Statement{},
		Actions:      []ReportedAction{},
		Contact:      f.Incident.ContactAt(f.Now),
	}
	exposed := f.exposures(&r)
	f.undetermined(&r, exposed)
	if !f.Answer.Listed() {
		r.CannotTell = slices.Clone(f.Incident.CannotTell)
		f.actions(&r, map[ActionID]bool{ActionCallUs: f.firstNoticeOnly()})
		return r
	}
	r.Status = StatusListed
	check := f.CheckNumber
	r.CheckNumber = &check
	f.notExposed(&r, exposed)
	f.reset(&r)
	f.actions(&r, f.wanted(exposed))
	return r
}

// ContactAt is the help line at a given time.
func (in *Incident) ContactAt(now time.Time) ReportedContact {
	c := ReportedContact{Phone: in.Contact.Phone, Email: in.Contact.Email, Hours: in.Contact.Label}
	c.OpenNow = in.Contact.Hours.Open(now)
	if !c.OpenNow {
		c.NextOpen = in.Contact.Hours.NextOpen(now)
	}
	return c
}

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
	for _, p := range f.Answer.Persons {
		if !f.asksReset(p) {
			continue
		}
		state := f.resetState(p)
		if r.Reset == nil || state.urgency() > r.Reset.State.urgency() {
			r.Reset = &ReportedReset{Required: state.Barred(), State: state}
		}
	}
}

func (f Facts) asksReset(p Person) bool {
	for _, e := range p.Exposures {
		c := f.Incident.Cohort(e.Cohort)
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
