package breach

import (
	"strings"
	"time"
)

// CategoryID names a kind of personal data, e.g. "card_number".
type CategoryID string

// CohortID names a group of people with the same exposure rule, e.g. "member".
type CohortID string

// ActionID names something the person should do, e.g. "reset_password".
type ActionID string

// Action ids whose wording or presence depends on the state of a person.
const (
	ActionResetPassword        ActionID = "reset_password"
	ActionChangeReusedPassword ActionID = "change_reused_password"
	ActionBewareOfContacts     ActionID = "beware_of_contacts"
	ActionCallUs               ActionID = "call_us"
)

// Incident is everything public about one security incident. It is read from an
// incident file and immutable afterwards; callers share one value.
type Incident struct {
	ID           string
	Digest       [32]byte // SHA-256 of the incident file's bytes: a version is bound to it
	Zone         *time.Location
	PublishedAt  time.Time
	ClosesAt     time.Time // zero: open until closed by hand
	Site         Site
	Mail         Mail
	Contact      Contact
	FirstNotice  *time.Time // day of the first notice, at 00:00 in Zone
	Notices      Notices
	ResetURL     string
	ForgotURL    string // the shop's own page for forgotten passwords; empty: not said
	Timeline     []Event
	Exclusions   []Text
	FAQ          []Question
	Categories   []Category // incident-file order
	Actions      []Action   // incident-file order: the order people read them in
	Common       []ActionID // actions of everybody listed
	Cohorts      []Cohort   // incident-file order
	CannotTell   []Statement
	Doubts       []Doubt
	Locales      []Locale // the locales every text of this incident exists in
	Announced    int      // people in all, as published
	ScopeAddress Text     // heading of what is ruled out for an e-mail address
	ScopeLetter  Text     // the same for a letter number; empty when there are no letters
}

// Site is the shop as customers know it.
type Site struct {
	Name   Text
	Origin string
}

// Mail says where genuine mail about the incident comes from: its sender, and the domain
// that people are told to allow where their carrier filters mail.
type Mail struct {
	From        string
	AllowDomain string
}

// Allowed tells whether people who allow mail from AllowDomain get mail from From: its
// domain is that one or below it.
func (m Mail) Allowed() bool {
	domain := m.From[strings.LastIndexByte(m.From, '@')+1:]
	return m.AllowDomain != "" && (domain == m.AllowDomain || strings.HasSuffix(domain, "."+m.AllowDomain))
}

// Contact is the help line.
type Contact struct {
	Phone string
	Email string
	Label Text // office hours in words, e.g. 10:00～17:00（土・日・祝日を除く）
	Hours OfficeHours
}

// Notices says from when people are told individually; nil means not yet, and
// hides every mention of that channel.
type Notices struct {
	MailFrom    *time.Time
	LettersFrom *time.Time
}

// Event is one line of the timeline.
type Event struct {
	On   time.Time
	What Text
}

// Question is one of the questions people ask, with its answer.
type Question struct {
	ID     string
	Ask    Text
	Answer Text
}

// Statement is one thing a "not listed" answer must say it cannot tell.
type Statement struct {
	ID            string
	Text          Text
	BeforeLetters Text // said instead until letters are sent; empty: no difference
}

// Category is a kind of personal data and its name.
type Category struct {
	ID    CategoryID
	Label Text
}

// Action is something people should do, with variants for the state they are in.
type Action struct {
	ID       ActionID
	Title    Text
	Body     Text
	Variants map[Variant]Wording
}

// Variant names the situation in which an action is worded differently.
type Variant string

// The variants an action may have.
const (
	VariantPlanned   Variant = "planned"   // the reset is not ordered yet
	VariantCompleted Variant = "completed" // the password is already new
	VariantWithdrawn Variant = "withdrawn" // the membership was closed
	VariantLetter    Variant = "letter"    // proven by a letter number, no address known
)

// Wording is a title and a body.
type Wording struct{ Title, Body Text }

// Cohort is a group of people whose data was exposed in the same way.
type Cohort struct {
	ID        CohortID
	Label     Text
	Record    RecordKind
	Where     Rule // nil when people come only from an approved list
	Sentence  string
	Exposes   []Exposes
	RulesOut  []CategoryID
	Reason    Text
	Period    Period
	Actions   []CohortAction
	Announced Announced
}

// Exposes is one category a cohort exposes. When is nil for "always"; otherwise a
// person's records decide, and Unknown reads "if you entered it".
type Exposes struct {
	Category CategoryID
	Label    Text // overrides the category's own label; empty otherwise
	When     Rule
	Flag     string // the flag of an approved list that answers When, e.g. "gender"
}

// Period is the half-open time [From, To) of a cohort and how it is said. Nil ends
// are open.
type Period struct {
	Label Text
	From  *time.Time
	To    *time.Time
}

// CohortAction asks the people of a cohort to do something, if IfExposed is empty
// or one of their categories.
type CohortAction struct {
	ID        ActionID
	IfExposed CategoryID
}

// Announced holds published figures; zero means not announced.
type Announced struct {
	People int
	Cards  int
}

// Doubt is a reason for which a record waits on the review list, and what the
// person is told about the categories it touches.
type Doubt struct {
	Reason ReviewReason
	Text   Text
}

// ReviewReason is a stable id of why nobody has decided about a record yet.
type ReviewReason string

// Reasons of the review list.
const (
	AbandonedCardAttempt ReviewReason = "abandoned_card_attempt"
	StaffKeyedOrder      ReviewReason = "staff_keyed_order"
	BuyerAtOtherAddress  ReviewReason = "buyer_at_other_address"
	NearBuyer            ReviewReason = "near_buyer"
	FirstNoticeOnly      ReviewReason = "first_notice_only"
	UnclearRecord        ReviewReason = "unclear_record" // a rule answered Unknown
)

// Cohort returns the cohort with this id, or nil.
func (in *Incident) Cohort(id CohortID) *Cohort {
	for i := range in.Cohorts {
		if in.Cohorts[i].ID == id {
			return &in.Cohorts[i]
		}
	}
	return nil
}

// ClosedAt tells whether the look-up has closed for good at that time.
func (in *Incident) ClosedAt(now time.Time) bool {
	return !in.ClosesAt.IsZero() && !now.Before(in.ClosesAt)
}
