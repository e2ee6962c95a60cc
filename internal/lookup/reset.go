package lookup

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/reset"
)

// Resets is what is kept about members whose passwords are to be changed. Whatever is
// returned is proven; any doubt is an error that wraps breach.ErrUnproven.
//
// ContactsOf are the members for whose login address an address stands, and Member is one
// of them in a version, reset.ErrNotInVersion when it is proven not to hold them. ByRef are
// the resets of people of a version by their references; people without one are not in it.
// Replaced tells whether another address stands for a member's own.
type Resets interface {
	ContactsOf(ctx context.Context, tags breach.Tags) ([]string, error)
	Member(ctx context.Context, version int64, memberID string) (breach.Person, error)
	ByRef(ctx context.Context, version int64, refs []int64) (map[int64]breach.Reset, error)
	Replaced(ctx context.Context, memberID string) (bool, error)
}

// Tickets issues the right to set a new password: breach.ErrNoReset when none of the
// members is to. A ticket is returned only when it and its audit rows are committed.
type Tickets interface {
	Issue(ctx context.Context, o reset.TicketOrder) (reset.Ticket, error)
}

// Ticket is the one-time way to a new password.
type Ticket struct {
	URL       string // of the shop's page, the ticket in its query
	ExpiresAt time.Time
}

// known is all that is known at an address.
type known struct {
	version breach.Version
	answer  breach.Answer
	resets  map[int64]breach.Reset // by reference
}

// know reads who is known at an address in the published version, with the members who
// were given this address for their own, and how their resets stand.
func (s *Service) know(ctx context.Context, tags breach.Tags) (k known, err error) {
	k.version, k.answer, err = s.Roster.Answer(ctx, tags)
	if errors.Is(err, breach.ErrNoTag) { // a session of before the version's key
		return known{}, ErrUnauthenticated
	}
	if err != nil {
		return known{}, s.doubt("reading the answer", err)
	}
	if s.Resets == nil {
		return k, nil
	}
	given, err := s.join(ctx, tags, &k)
	if err != nil {
		return known{}, s.doubt("reading for whom an address stands", err)
	}
	if err = s.states(ctx, &k); err == nil {
		err = s.withdraw(ctx, given, &k)
	}
	if err != nil {
		return known{}, s.doubt("reading how resets stand", err)
	}
	return k, nil
}

// states reads how the resets of the members in an answer stand.
func (s *Service) states(ctx context.Context, k *known) (err error) {
	if s.Resets == nil {
		return nil
	}
	var refs []int64
	for _, p := range k.answer.Persons {
		if p.Kind == breach.KindMember {
			refs = append(refs, p.Ref)
		}
	}
	k.resets, err = s.Resets.ByRef(ctx, k.version.ID, refs)
	return err
}

// join adds the members for whose login address this one stands, and returns their
// references.
func (s *Service) join(ctx context.Context, tags breach.Tags, k *known) (given []int64, err error) {
	members, err := s.Resets.ContactsOf(ctx, tags)
	if err != nil {
		return nil, err
	}
	for _, id := range members {
		p, err := s.Resets.Member(ctx, k.version.ID, id)
		if errors.Is(err, reset.ErrNotInVersion) { // of an earlier version: there is nobody to join
			continue
		}
		if err != nil {
			return nil, err
		}
		given = append(given, p.Ref)
		same := func(o breach.Person) bool { return o.Ref == p.Ref }
		k.answer.Persons = append(slices.DeleteFunc(slices.Clone(k.answer.Persons), same), p)
	}
	if k.answer.Listed() {
		k.answer.Dropped = false
	}
	return given, nil
}

// withdraw takes the right to a new password from an address for which another one stands:
// whoever reads that mailbox now may be anybody.
func (s *Service) withdraw(ctx context.Context, given []int64, k *known) error {
	for i, p := range k.answer.Persons {
		r, ok := k.resets[p.Ref]
		if !ok || !r.State.Barred() || p.Edge != breach.EdgeLogin || slices.Contains(given, p.Ref) {
			continue
		}
		replaced, err := s.Resets.Replaced(ctx, r.MemberID)
		if err != nil {
			return err
		}
		if replaced {
			k.answer.Persons = slices.Clone(k.answer.Persons)
			k.answer.Persons[i].Edge = breach.EdgeOther
		}
	}
	return nil
}

// facts are what a report is made of. The check number is that of the tags.
func (s *Service) facts(k known, tags breach.Tags) breach.Facts {
	states := map[int64]breach.ResetState{}
	for ref, r := range k.resets {
		states[ref] = r.State
	}
	return breach.Facts{
		Incident: s.Incident, Version: k.version.ID, PublishedAt: k.version.PublishedAt, Answer: k.answer, Resets: states,
		CheckNumber: s.Keys.CheckNumber(tags), Now: s.Now(),
	}
}

// RequestReset issues the right to set a new password to the holder of a session over the
// login address of members who are to set one. Read afresh: who is barred only now can have
// it, and who was replaced meanwhile cannot.
//
// Errors: those of Report, and ErrResetNotApplicable, whatever the reason.
func (s *Service) RequestReset(ctx context.Context, c Client, token string) (Ticket, error) {
	if err := s.enter(ctx); err != nil {
		return Ticket{}, err
	}
	r, err := s.session(ctx, token)
	if err != nil {
		return Ticket{}, err
	}
	address, err := email.Parse(r.Subject)
	if err != nil || byLetter(r) || s.Resets == nil || s.Tickets == nil { // a letter opens no reset
		return Ticket{}, ErrResetNotApplicable
	}
	k, err := s.know(ctx, r.Tags)
	if err != nil {
		return Ticket{}, err
	}
	var members []string
	for _, ref := range s.facts(k, r.Tags).MayReset() {
		members = append(members, k.resets[ref].MemberID)
	}
	if len(members) == 0 {
		return Ticket{}, ErrResetNotApplicable
	}
	ticket, err := s.issue(ctx, c, k.version.ID, members, r.Tags, address)
	if err != nil {
		return Ticket{}, err
	}
	if err := s.enter(ctx); err != nil { // shut meanwhile
		return Ticket{}, err
	}
	s.Count(EventTicketIssued)
	return ticket, nil
}

func (s *Service) issue(ctx context.Context, c Client, version int64, members []string, tags breach.Tags, address email.Address) (Ticket, error) {
	t, err := s.Tickets.Issue(ctx, reset.TicketOrder{
		Members: members, Tags: tags, Actor: audit.Actor{Kind: audit.Customer}, Network: s.networks(c).tag, Version: version,
		Notify: func(memberID string) []byte { return reset.SealNotice(s.Keys, memberID, address) },
	})
	switch {
	case errors.Is(err, breach.ErrNoReset): // over since it was read
		return Ticket{}, ErrResetNotApplicable
	case err != nil:
		return Ticket{}, s.doubt("issuing a ticket", err)
	}
	link, err := withTicket(s.Incident.ResetURL, t.Token)
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{URL: link, ExpiresAt: t.Ends}, nil
}

// withTicket adds a ticket to the address of the shop's page.
func withTicket(page, token string) (string, error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", errors.New("the incident's reset url does not parse")
	}
	q := u.Query()
	q.Set("ticket", token)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
