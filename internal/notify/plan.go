package notify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// People knows who is on the lists of a version.
type People interface {
	// Listed visits everybody, proven, in one snapshot, and in the end proves that nobody was
	// left out. Sealed is nil where the version holds no contact.
	Listed(ctx context.Context, version int64, visit func(breach.ListedPerson) error) error
	// Live are the people with a letter number that counts, by their handles in the version.
	Live(ctx context.Context, version int64) (map[breach.Handle]bool, error)
}

// Opener is the operator's key.
type Opener interface {
	OpenForOperator(label string, sealed []byte) ([]byte, error)
}

// Planner makes plans. All fields are required.
type Planner struct {
	People People
	Opener Opener
	// Tags are the names of an address under every key, of which check numbers are made.
	Tags func(a email.Address) breach.Tags
	// Fold is the form in which two places are compared.
	Fold func(Place) Place
	// Progress counts the people who were looked at.
	Progress func(people int)
}

// Order says who is to get a letter.
type Order struct {
	Missing bool // everybody on a list who has no e-mail address
	// Asked are further people; Note goes with those who turn out to be on no list.
	Asked map[breach.Handle]string
	// Replace are people whose number is replaced even if it counts.
	Replace map[breach.Handle]bool
	// Mended are the names and addresses of people, as somebody corrected them by hand.
	Mended   map[breach.Handle]Place
	Requests []Request
}

// Request is what a caller said who asked for a letter.
type Request struct {
	Ticket string
	From   Place
	For    string // whom it is about, if not the caller
	Note   string
}

// who is the name the request is about.
func (r Request) who() Place {
	p := r.From
	if r.For != "" {
		p.Name = r.For
	}
	return p
}

// planning is one Plan.
type planning struct {
	Planner
	Order
	key      string // id of the version's tag key
	live     map[breach.Handle]bool
	asking   map[Place][]int // folded -> Requests
	found    [][]candidate   // by request
	unopened int
	planned  map[breach.Handle]int // -> plan.Letters, or the list by hand below zero
	visited  map[breach.Handle]bool
	plan     Plan
}

// candidate is somebody whom a request fits.
type candidate struct {
	person  breach.ListedPerson
	contact breach.PersonContact
}

// Plan says who gets a letter, by an order. key is the id of the version's tag key.
func (p Planner) Plan(ctx context.Context, version int64, key string, o Order) (Plan, error) {
	live, err := p.People.Live(ctx, version)
	if err != nil {
		return Plan{}, fmt.Errorf("looking for who has a letter number: %w", err)
	}
	w := &planning{
		Planner: p, Order: o, key: key, live: live, asking: map[Place][]int{}, found: make([][]candidate, len(o.Requests)),
		planned: map[breach.Handle]int{}, visited: map[breach.Handle]bool{}, plan: Plan{Version: version},
	}
	for i, r := range o.Requests {
		folded := p.Fold(r.who())
		w.asking[folded] = append(w.asking[folded], i)
	}
	if err := p.People.Listed(ctx, version, w.visit); err != nil {
		return Plan{}, fmt.Errorf("looking for who gets a letter: %w", err)
	}
	w.absent()
	for i := range o.Requests {
		w.answer(i)
	}
	return w.plan, nil
}

// visit decides about one person.
func (w *planning) visit(p breach.ListedPerson) error {
	w.plan.Listed++
	w.Progress(1)
	note, asked := w.Asked[p.Handle]
	_, mended := w.Mended[p.Handle]
	named := asked || mended || w.Replace[p.Handle]
	if named {
		w.visited[p.Handle] = true
	}
	wanted := w.Missing && !p.Mail || named
	if wanted && w.live[p.Handle] && !w.Replace[p.Handle] {
		w.plan.HaveNumber++
		wanted = false
	}
	if !wanted && len(w.Requests) == 0 {
		return nil
	}
	contact, reason := w.open(p)
	if reason != "" {
		w.unopened++
	}
	if wanted {
		w.add(p, contact, reason, note)
	}
	if reason == "" {
		for _, i := range w.asking[w.Fold(placeOf(contact))] {
			w.found[i] = append(w.found[i], candidate{p, contact})
		}
	}
	return nil
}

func placeOf(c breach.PersonContact) Place {
	return Place{Name: c.Name, PostalCode: c.PostalCode, Address: c.Address}
}

// open reads somebody's contact.
func (w *planning) open(p breach.ListedPerson) (breach.PersonContact, Reason) {
	if p.Sealed == nil {
		return breach.PersonContact{}, NoContact
	}
	plain, err := w.Opener.OpenForOperator(breach.ContactLabel, p.Sealed)
	if err != nil {
		return breach.PersonContact{}, Unopened
	}
	c, err := breach.ParsePersonContact(plain)
	if err != nil {
		return breach.PersonContact{}, Unopened
	}
	return c, ""
}

// add plans a letter to somebody, or what is to be done by hand.
func (w *planning) add(p breach.ListedPerson, c breach.PersonContact, reason Reason, note string) {
	to, kind := placeOf(c), kindOf(p.Kind)
	if mended, ok := w.Mended[p.Handle]; ok {
		to = mended
		if reason != "" && to != (Place{}) {
			reason = "" // somebody knows better than what does not open
		}
	}
	if reason == "" {
		to, reason = to.printed()
	}
	if reason != "" {
		w.planned[p.Handle] = -1 - len(w.plan.ByHand)
		w.plan.ByHand = append(w.plan.ByHand, ByHand{Reason: reason, Kind: kind, Person: p.Handle, To: to, Note: note})
		return
	}
	w.planned[p.Handle] = len(w.plan.Letters)
	w.plan.Letters = append(w.plan.Letters, Letter{Person: p.Handle, Kind: kind, To: to, Check: w.check(p.Handle, c)})
}

func kindOf(k breach.PersonKind) Kind {
	if k == breach.KindRecipient {
		return Recipient
	}
	return Customer
}

// check is what a person's check number is made of: their address, by which mails and the
// look-up name them, or for want of one their handle.
func (w *planning) check(person breach.Handle, c breach.PersonContact) breach.Tags {
	if len(c.Emails) > 0 {
		return w.Tags(c.Emails[0])
	}
	return breach.NewTags(breach.KeyedTag{Key: w.key, Tag: breach.Tag(person)})
}

// absent lists who was asked for and is on no list.
func (w *planning) absent() {
	var all []ByHand
	for person, note := range w.Asked {
		if !w.visited[person] {
			all = append(all, ByHand{Reason: NotListed, Kind: Customer, Person: person, Note: note})
		}
	}
	for person, to := range w.Mended {
		if _, asked := w.Asked[person]; !asked && !w.visited[person] {
			all = append(all, ByHand{Reason: NotListed, Kind: Customer, Person: person, To: to})
		}
	}
	slices.SortFunc(all, func(a, b ByHand) int {
		return cmp.Or(cmp.Compare(a.Note, b.Note), bytes.Compare(a.Person[:], b.Person[:]))
	})
	w.plan.ByHand = append(w.plan.ByHand, all...)
}

// answer sees to one request.
func (w *planning) answer(i int) {
	r, found := w.Requests[i], w.found[i]
	hand := ByHand{To: r.From, Tickets: []string{r.Ticket}, Note: r.said()}
	switch {
	case len(found) == 1:
		w.reply(r, found[0])
		return
	case len(found) > 1:
		hand.Reason = RequestSeveral
	case w.unopened > 0:
		hand.Reason = RequestUnsure
	default:
		hand.Reason = RequestNobody
		to, reason := r.From.printed()
		if reason == "" {
			w.plan.Letters = append(w.plan.Letters, Letter{Kind: NothingFound, To: to, Tickets: []string{r.Ticket}})
		} else {
			hand.Reason = reason
		}
	}
	hand.Kind = NothingFound
	if len(found) > 0 {
		hand.Kind = Customer
	}
	w.plan.ByHand = append(w.plan.ByHand, hand)
}

// reply answers a request by the letter to the one person it fits, at the address that is
// registered. Whoever asks for a letter does not have the one from before: its number is
// replaced.
func (w *planning) reply(r Request, c candidate) {
	at, planned := w.planned[c.person.Handle]
	if !planned {
		w.add(c.person, c.contact, "", r.said())
		at = w.planned[c.person.Handle]
	}
	if at >= 0 {
		w.plan.Letters[at].Tickets = append(w.plan.Letters[at].Tickets, r.Ticket)
	} else {
		hand := &w.plan.ByHand[-1-at]
		hand.Tickets = append(hand.Tickets, r.Ticket)
	}
}

// said is what else a caller said.
func (r Request) said() string {
	if r.For == "" {
		return r.Note
	}
	return r.For + " / " + r.Note
}
