package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/notify"
	"exposure/internal/roster/shopcsv"
	"exposure/internal/sqlstore"
)

// letterSent is the approved text with which a request is answered.
const letterSent = "letter_sent"

// interrupted are the lines that an interrupted run left and that are true.
func (d *letterDesk) interrupted(out letterFile) ([]letterRow, error) {
	rows, err := out.read()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	kept, err := d.counting(rows)
	fmt.Fprintf(d.Err, "An earlier run was interrupted: %d of its %d letters count and are kept; the numbers of the others are worth nothing.\n", len(kept), len(rows))
	return kept, err
}

// counting are the lines whose numbers count; lines without one do.
func (d *letterDesk) counting(rows []letterRow) (kept []letterRow, err error) {
	for _, r := range rows {
		if r.number() == "" {
			kept = append(kept, r)
			continue
		}
		_, err := d.holder(r.number())
		if errors.Is(err, breach.ErrNoLetter) {
			continue
		}
		if err != nil {
			return nil, err
		}
		kept = append(kept, r)
	}
	return kept, nil
}

// holder is the person whose letter has a number.
func (d *letterDesk) holder(number string) (breach.Person, error) {
	n, err := breach.ParseLetterNumber(number)
	if err != nil {
		return breach.Person{}, err
	}
	_, holder, err := d.letters.Holder(d.ctx, d.keys.LetterTags(n.Reveal()))
	if err != nil {
		return breach.Person{}, err
	}
	return holder.Answer.Persons[0], nil
}

// order is who is to get a letter, and the requests that cannot be read.
func (d *letterDesk) order(kept []letterRow) (o notify.Order, unread []notify.ByHand, err error) {
	named := d.For != "" || d.Reissue != "" || d.Requests || d.Mended != ""
	o = notify.Order{Missing: d.AllMissing || !named, Asked: map[breach.Handle]string{}, Replace: map[breach.Handle]bool{}}
	if d.Reissue != "" {
		person, err := d.holder(d.Reissue)
		if err != nil {
			return o, nil, fmt.Errorf("--reissue: %w", err)
		}
		stored, err := d.roster.Person(d.ctx, d.version.ID, person.Ref)
		if err != nil {
			return o, nil, err
		}
		o.Replace[stored.Handle] = true
	}
	if unread, err = d.asked(&o); err != nil {
		return o, nil, err
	}
	if o.Mended, err = d.mended(); err != nil {
		return o, nil, err
	}
	if !d.Requests {
		return o, unread, nil
	}
	more, err := d.requests(&o, kept)
	return o, append(unread, more...), err
}

// asked reads the file of further people.
func (d *letterDesk) asked(o *notify.Order) (unknown []notify.ByHand, err error) {
	if d.For == "" {
		return nil, nil
	}
	file, err := os.Open(d.For)
	if err != nil {
		return nil, fmt.Errorf("reading --for: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for line := 1; lines.Scan(); line++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		people, err := d.people(text)
		if err != nil {
			return nil, fmt.Errorf("--for, line %d: %w", line, err)
		}
		note := fmt.Sprintf("line %d of --for", line)
		if len(people) == 0 {
			unknown = append(unknown, notify.ByHand{Reason: notify.NotListed, Kind: notify.Customer, Note: note})
		}
		for _, person := range people {
			o.Asked[person] = note
			o.Replace[person] = o.Replace[person] || d.Replace
		}
	}
	return unknown, lines.Err()
}

// people are the handles of whom a line names: everybody at an address, or a member.
func (d *letterDesk) people(text string) (all []breach.Handle, err error) {
	if !strings.Contains(text, "@") {
		for i, k := range d.keys.RosterKeys() {
			if k.ID == d.version.TagKeyID {
				all = append(all, d.keys.PersonHandles("M:" + text)[i])
			}
		}
		return all, nil
	}
	a, err := email.Parse(text)
	if err != nil {
		return nil, errors.New("it is no e-mail address")
	}
	answer, err := d.roster.AnswerIn(d.ctx, d.version.ID, d.keys.Tags(a))
	if err != nil {
		return nil, err
	}
	for _, p := range answer.Persons {
		if len(p.Exposures) == 0 {
			continue
		}
		stored, err := d.roster.Person(d.ctx, d.version.ID, p.Ref)
		if err != nil {
			return nil, err
		}
		all = append(all, stored.Handle)
	}
	return all, nil
}

// mended reads a corrected list by hand.
func (d *letterDesk) mended() (map[breach.Handle]notify.Place, error) {
	if d.Mended == "" {
		return nil, nil
	}
	file, err := os.Open(d.Mended)
	if err != nil {
		return nil, fmt.Errorf("reading --mended: %w", err)
	}
	defer file.Close()
	r := shopcsv.NewReader(file, shopcsv.Options{})
	header, err := r.Header()
	if err != nil {
		return nil, fmt.Errorf("reading --mended: %w", err)
	}
	var at [4]int
	for i, name := range []string{"person", "name", "postal_code", "address"} {
		if at[i] = slices.Index(header, name); at[i] < 0 {
			return nil, fmt.Errorf("--mended: it has no column %s; --by-hand writes it", name)
		}
	}
	all := map[breach.Handle]notify.Place{}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading --mended: %w", err)
		}
		cell := func(i int) string { return strings.TrimPrefix(rec.Fields[at[i]], "'") }
		person, err := hex.DecodeString(strings.TrimSpace(cell(0)))
		switch {
		case err != nil || len(person) != 0 && len(person) != len(breach.Handle{}):
			return nil, fmt.Errorf("--mended, line %d: the column person was changed", rec.Line)
		case len(person) > 0:
			all[breach.Handle(person)] = notify.Place{Name: cell(1), PostalCode: cell(2), Address: cell(3)}
		}
	}
}

// requests adds the letters that callers asked for and that nobody has answered.
func (d *letterDesk) requests(o *notify.Order, kept []letterRow) (unread []notify.ByHand, err error) {
	answered := map[string]bool{}
	for _, r := range kept {
		for _, t := range r.tickets() {
			answered[t] = true
		}
	}
	err = d.db.Tickets(d.keys).Each(d.ctx, sqlstore.TicketQuery{State: agent.TicketWaiting, Letters: true}, func(k agent.KeptTicket) error {
		if answered[k.Number] {
			return nil
		}
		var n agent.LetterNote
		plain, err := d.operator.OpenForOperator(agent.LetterRequestLabel, k.Note)
		if err != nil || json.Unmarshal(plain, &n) != nil {
			unread = append(unread, notify.ByHand{Reason: notify.Unopened, Kind: notify.NothingFound, Tickets: []string{k.Number}})
			return nil
		}
		o.Requests = append(o.Requests, notify.Request{
			Ticket: k.Number, From: notify.Place{Name: n.Name, PostalCode: n.PostalCode, Address: n.Address}, For: n.For, Note: n.Note,
		})
		return nil
	})
	return unread, err
}

// settle says of requests that a letter answers them. One that somebody else answered
// meanwhile stays as it is.
func (d *letterDesk) settle(rows []letterRow) (answered int, err error) {
	for _, r := range rows {
		for _, t := range r.tickets() {
			number, err := agent.ParseTicketNumber(t)
			if err != nil {
				return answered, err
			}
			entry := d.entry(audit.TicketAnswer)
			entry.Detail = letterSent
			_, err = d.db.Tickets(d.keys).Settle(d.ctx, number, d.By, entry, func(t agent.Ticket) (agent.Ticket, error) { return t.WithAnswer(letterSent, "") })
			if errors.Is(err, agent.ErrSettled) {
				continue
			}
			if err != nil {
				return answered, fmt.Errorf("answering a request: %w", err)
			}
			answered++
		}
	}
	return answered, nil
}
