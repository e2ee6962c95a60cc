package roster

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// listRow is one row of an approved list. All its columns are there.
type listRow struct {
	at     map[listField]int
	fields []string
	line   int
}

func (r listRow) get(f listField) string   { return r.fields[r.at[f]] }
func (r listRow) value(f listField) string { return fold(r.get(f)) }

// row reads one person of an approved list.
func (l *list) row(r listRow) {
	fail := func(c listField, reason string) { l.mistakes.add(r.line, c, reason) }
	l.refuseCards(r, fail)
	p := Person{
		Ref: int64(l.people.n) + 1, Key: strings.Clone(r.value(lKey)), Kind: breach.PersonKind(r.value(lKind)), MemberID: strings.Clone(r.value(lMemberID)),
		Postal: &Postal{Name: squeeze(r.get(lName)), Zip: foldZip(r.get(lZip)), Address: foldAddress(r.get(lAddress))},
	}
	switch {
	case p.Key == "":
		fail(lKey, "it is empty")
	case l.seen[p.Key]:
		fail(lKey, "it occurs twice: a person has one row")
	}
	l.seen[p.Key] = true
	l.identity(r, &p, fail)
	held := l.cohorts(r, fail)
	when := l.flags(r, held, fail)
	cards := l.cards(r, held, fail)
	entry := listed{line: int32(r.line), stated: held, written: writtenPostal(r.get(lName), r.get(lZip), r.get(lAddress))}
	p.FirstNotice = l.firstNotice(r, fail)
	switch {
	case p.FirstNotice && held&l.judge.countCards == 0:
		entry.could = l.judge.toldFirst(held)
		if entry.decision = l.decide(&p, entry.could); entry.decision == breach.DecidedIn {
			held |= entry.could // without a record nothing answers a condition
		}
	case held == 0:
		fail(lCohorts, "it names none: only somebody with a first notice may be in no cohort")
	}
	p.Exposures = l.speller.exposures(held, when, cards)
	entry.held, entry.Person = held, p
	l.people.add(entry)
}

// refuseCards refuses a card number wherever it stands; ids may look like one.
func (l *list) refuseCards(r listRow, fail func(listField, string)) {
	for _, c := range listColumns() {
		if c != lKey && c != lMemberID && mayHoldCard(r.get(c)) && len(breach.FindCardNumbers(r.get(c))) > 0 {
			fail(c, "it holds a card number")
		}
	}
}

func (l *list) identity(r listRow, p *Person, fail func(listField, string)) {
	switch p.Kind {
	case breach.KindMember:
		if p.MemberID == "" {
			fail(lMemberID, "a member needs the shop's member id")
		}
	case breach.KindGuest, breach.KindRecipient:
		if p.MemberID != "" {
			fail(lMemberID, "only a member has one")
		}
	default:
		fail(lKind, "it must be member, guest or recipient")
	}
	withdrawn, ok := triWord(r.value(lWithdrawn))
	if !ok {
		fail(lWithdrawn, "it must be 1, 0 or ?")
	}
	p.Withdrawn = withdrawn == breach.Yes
	login := l.login(r, p, fail)
	// Addresses are not folded before they are parsed: that would hide look-alikes.
	for s := range strings.SplitSeq(r.get(lEmails), ";") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		a := l.mail(s)
		if a.IsZero() && strings.Count(fold(s), "@") > 1 { // none of them would be found
			fail(lEmails, "several addresses are separated by semicolons (;)")
		}
		l.addMail(p, a, login)
	}
	l.addMail(p, login, login)
	if p.Kind == breach.KindRecipient && len(p.Emails) > 0 {
		fail(lEmails, "a recipient is known by name and postal address only: an address would show this person another one's data")
	}
}

// login reads the address a member signs in with; of nobody else can a password be
// reset.
func (l *list) login(r listRow, p *Person, fail func(listField, string)) email.Address {
	v := strings.TrimSpace(r.get(lLogin))
	if v == "" {
		return email.Address{}
	}
	if p.Kind != breach.KindMember {
		fail(lLogin, "only a member has one")
	}
	a, err := email.Parse(v)
	if err != nil {
		fail(lLogin, "it cannot be read as an e-mail address")
	}
	return a
}

func (l *list) mail(s string) email.Address {
	a, err := email.Parse(s)
	if err != nil {
		l.badMail++ // the person stays; the reconciliation counts the address
	}
	return a
}

func (l *list) addMail(p *Person, a, login email.Address) {
	if a.IsZero() || slices.ContainsFunc(p.Emails, func(e Email) bool { return e.Address == a }) {
		return
	}
	edge := breach.EdgeOther
	if a == login && !p.Withdrawn {
		edge = breach.EdgeLogin
	}
	p.Emails = append(p.Emails, Email{Address: a, Edge: edge})
}

func (l *list) cohorts(r listRow, fail func(listField, string)) cohorts {
	var held cohorts
	for _, id := range parts(r.get(lCohorts)) {
		i := slices.IndexFunc(l.o.Incident.Cohorts, func(c breach.Cohort) bool { return string(c.ID) == id })
		if i < 0 {
			fail(lCohorts, "it names a cohort that the incident file does not have")
			continue
		}
		held |= 1 << i
	}
	return held
}

// flags answers the conditional categories of the person's cohorts.
func (l *list) flags(r listRow, held cohorts, fail func(listField, string)) answers {
	said := map[string]breach.Tri{}
	other := breach.No
	for _, f := range parts(r.get(lFlags)) {
		name := strings.Trim(f, "?= ")
		switch {
		case f == "?":
			other = breach.Unknown
		case name != f:
			said[name] = breach.Unknown
		default:
			said[name] = breach.Yes
		}
	}
	var when answers
	used := map[string]bool{}
	for i, c := range l.o.Incident.Cohorts {
		for k, x := range c.Exposes {
			n, conditional := l.judge.conditions[[2]int{i, k}]
			if !conditional || !held.has(i) {
				continue
			}
			t, named := said[x.Flag]
			switch {
			case x.Flag == "":
				t = breach.Unknown
			case !named:
				t = other
			}
			used[x.Flag] = true
			when = when.or(answer(n, t))
		}
	}
	for name := range said {
		if !used[name] {
			fail(lFlags, "it names a flag that no cohort of this person has")
		}
	}
	return when
}

func (l *list) cards(r listRow, held cohorts, fail func(listField, string)) []int {
	cards := make([]int, len(l.o.Incident.Cohorts))
	v := r.value(lCards)
	if v == "" || v == "?" {
		return cards
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil || n < 0 || n > 99:
		fail(lCards, "it must be a number of cards, ? or empty")
	case n > 0 && held&l.judge.countCards == 0:
		fail(lCards, "no cohort of this person counts cards")
	}
	for i := range cards {
		if (held & l.judge.countCards).has(i) {
			cards[i] = n
		}
	}
	return cards
}

// firstNotice reads when the person got the first notice.
func (l *list) firstNotice(r listRow, fail func(listField, string)) bool {
	v := r.value(lFirstNotice)
	if v == "" {
		return false
	}
	for i, layout := range listTimes() {
		zone := l.o.Zone
		if zone == nil {
			zone = time.UTC
		}
		t, err := time.ParseInLocation(layout, v, zone)
		switch first := l.o.Incident.FirstNotice; {
		case err != nil:
			continue
		case i > 0 && l.o.Zone == nil:
			fail(lFirstNotice, "the time has no offset: write one, as in 2023-04-05T10:00:00+09:00, or declare the clock with --zone")
		case first != nil && !t.Before(first.AddDate(0, 0, 1)):
			fail(lFirstNotice, "it lies after the day of the first notice in the incident file")
		}
		return true
	}
	fail(lFirstNotice, "it is no time, e.g. 2023-04-05T10:00:00+09:00")
	return false
}

// parts splits a cell of several values.
func parts(cell string) []string {
	var out []string
	for s := range strings.SplitSeq(cell, ";") {
		if s = fold(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func triWord(v string) (breach.Tri, bool) {
	switch strings.ToLower(v) {
	case "1", "yes", "true":
		return breach.Yes, true
	case "", "0", "no", "false":
		return breach.No, true
	case "?":
		return breach.Unknown, true
	default:
		return breach.Unknown, false
	}
}
