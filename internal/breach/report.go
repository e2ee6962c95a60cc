package breach

import "time"

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
	ByLetter     bool         // proven by a letter number: it speaks of a letter, not of an address
	CheckNumber  *CheckNumber // nil unless listed
	Exposures    []ReportedExposure
	NotExposed   []Category
	Scope        Text // heading of NotExposed: what it is ruled out for
	Undetermined []Undetermined
	CannotTell   []Statement // empty when listed
	Dropped      bool        // not listed any more: an earlier result may have said otherwise
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
	// Offered: who reads this may start the reset now, because the mailbox they proved is
	// the login address of a member who is barred.
	Offered bool
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
		ByLetter:     f.ByLetter,
		Scope:        f.Incident.ScopeAddress,
		Exposures:    []ReportedExposure{},
		NotExposed:   []Category{},
		Undetermined: []Undetermined{},
		CannotTell:   []Statement{},
		Actions:      []ReportedAction{},
		Contact:      f.Incident.ContactAt(f.Now),
	}
	if f.ByLetter {
		r.Scope = f.Incident.ScopeLetter
	}
	exposed := f.exposures(&r)
	f.undetermined(&r, exposed)
	if !f.Answer.Listed() {
		r.Dropped = f.Answer.Dropped
		r.CannotTell = f.Incident.cannotTellAt(f.Now)
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
