package wire

import (
	"time"

	"github.com/oapi-codegen/runtime/types"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// FromReport says a report in one language. Times are given in the zone of r.AsOf, which
// breach.NewReport sets to the incident's.
func FromReport(r breach.Report, l breach.Locale) Report {
	zone := r.AsOf.Location()
	return Report{
		Incident:      r.Incident,
		AsOf:          Instant(r.AsOf, zone),
		Version:       r.Version,
		Status:        ReportStatus(r.Status),
		ChangeNote:    changeNote(r, l),
		CheckNumber:   checkNumber(r.CheckNumber, l),
		Exposures:     each(r.Exposures, func(e breach.ReportedExposure) Exposure { return exposure(e, zone, l) }),
		NotExposed:    each(r.NotExposed, func(c breach.Category) Category { return Category{Id: string(c.ID), Label: c.Label.In(l)} }),
		Undetermined:  each(r.Undetermined, func(u breach.Undetermined) UndeterminedCategory { return undetermined(u, l) }),
		CannotTell:    each(r.CannotTell, func(s breach.Statement) CannotTell { return CannotTell{Id: s.ID, Text: s.Text.In(l)} }),
		Actions:       each(r.Actions, func(a breach.ReportedAction) Action { return action(a, l) }),
		PasswordReset: reset(r.Reset),
		Contact:       contact(r.Contact, zone, l),
	}
}

// FromIncident says in one language what anybody may know about an incident, with the
// help line as it stands now and the pause there is, if there is one.
func FromIncident(in *breach.Incident, now breach.ReportedContact, p *breach.Pause, l breach.Locale) Incident {
	return Incident{
		Id:          in.ID,
		Locale:      Locale(l),
		Site:        Site{Name: in.Site.Name.In(l), Origin: in.Site.Origin},
		PublishedAt: Instant(in.PublishedAt, in.Zone),
		ClosesAt:    instantOrNull(&in.ClosesAt, in.Zone),
		Pause:       pause(p, in.Zone),
		MailFrom:    in.Mail.From,
		Contact:     contact(now, in.Zone, l),
		Timeline: each(in.Timeline, func(e breach.Event) TimelineEntry {
			return TimelineEntry{On: types.Date{Time: e.On.In(in.Zone)}, What: e.What.In(l)}
		}),
		Faq: each(in.FAQ, func(q breach.Question) Question {
			return Question{Id: q.ID, Question: q.Ask.In(l), Answer: q.Answer.In(l)}
		}),
		Exclusions: each(in.Exclusions, func(t breach.Text) string { return t.In(l) }),
		Notices: Notices{
			MailFrom:    instantOrNull(in.Notices.MailFrom, in.Zone),
			LettersFrom: instantOrNull(in.Notices.LettersFrom, in.Zone),
		},
	}
}

// Instant is a time as the API says it: in the incident's zone and to the second, so
// that nothing about our clocks shows.
func Instant(t time.Time, zone *time.Location) time.Time {
	return t.In(zone).Truncate(time.Second)
}

// instantOrNull treats the zero time as absent, as the domain does.
func instantOrNull(t *time.Time, zone *time.Location) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	said := Instant(*t, zone)
	return &said
}

// each maps a list to one that is never nil, for a nil list would be null in JSON.
func each[From, To any](list []From, say func(From) To) []To {
	said := make([]To, 0, len(list))
	for _, x := range list {
		said = append(said, say(x))
	}
	return said
}

func pause(p *breach.Pause, zone *time.Location) *Pause {
	if p == nil {
		return nil
	}
	return &Pause{Since: Instant(p.Since, zone), BackAt: instantOrNull(p.BackAt, zone)}
}

func changeNote(r breach.Report, l breach.Locale) *string {
	if !r.Dropped {
		return nil
	}
	said := wording.Changed(r.AsOf, l)
	return &said
}

func checkNumber(c *breach.CheckNumber, l breach.Locale) *string {
	if c == nil {
		return nil
	}
	said := wording.CheckNumber(*c, l)
	return &said
}

func exposure(e breach.ReportedExposure, zone *time.Location, l breach.Locale) Exposure {
	return Exposure{
		Cohort: string(e.Cohort),
		Label:  e.Label.In(l),
		Reason: e.Reason.In(l),
		Period: Period{
			Label: e.Period.Label.In(l),
			From:  instantOrNull(e.Period.From, zone),
			To:    instantOrNull(e.Period.To, zone),
		},
		Categories: each(e.Categories, func(c breach.ReportedCategory) ExposedCategory {
			return ExposedCategory{Id: string(c.ID), Label: c.Label.In(l), Certainty: Certainty(c.Certainty)}
		}),
	}
}

func undetermined(u breach.Undetermined, l breach.Locale) UndeterminedCategory {
	return UndeterminedCategory{Id: string(u.ID), Label: u.Label.In(l), Reason: u.Reason.In(l)}
}

func action(a breach.ReportedAction, l breach.Locale) Action {
	return Action{Id: string(a.ID), Title: a.Title.In(l), Body: a.Body.In(l)}
}

func reset(r *breach.ReportedReset) *ReportPasswordReset {
	if r == nil {
		return nil
	}
	return &ReportPasswordReset{Required: r.Required, State: ResetState(r.State)}
}

func contact(c breach.ReportedContact, zone *time.Location, l breach.Locale) Contact {
	return Contact{
		Phone:    c.Phone,
		Email:    c.Email,
		Hours:    c.Hours.In(l),
		OpenNow:  c.OpenNow,
		NextOpen: instantOrNull(c.NextOpen, zone),
	}
}
