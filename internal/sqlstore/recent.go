package sqlstore

import (
	"sync"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// recentGuessers is of how many addresses and purposes the guesses are kept in memory: at
// least so many, at most twice as many, of a few hundred bytes each.
const recentGuessers = 4096

// recent keeps the guesses of those who were asked about lately. A journey asks three times:
// before its code is mailed, before it is compared, and when the row about it is written. In
// between, only rows of this process are added, and these are handed in.
//
// A list is good for the epoch in which it was read: as soon as anybody else commits anything
// it is read, and proven, anew. Safe for concurrent use.
type recent struct {
	mu         sync.Mutex
	young, old map[guesser]*guessList
}

// guesser is whose guesses, under which purpose.
type guesser struct {
	tag     breach.Tag
	purpose otp.Purpose
}

// knownGuess is a guess that was proven, or written by this process.
type knownGuess struct {
	seq  int64
	past otp.Past
}

// guessList is the guesses of one, newest first: all that decide (see newestOfEach) once it is
// filled, before that what was written since somebody began to read them.
type guessList struct {
	of     epoch
	filled bool
	rows   []knownGuess
}

// find returns what is known in an epoch, never nil, or else nil and the list to fill. That
// must be asked for before the guesses are read: what is written from then on is in it.
func (r *recent) find(g guesser, of epoch) (*guessList, []otp.Past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list(g)
	if list == nil || list.of != of {
		list = &guessList{of: of}
		r.keep(g, list)
	}
	if !list.filled {
		return list, nil
	}
	return list, pastOf(list.rows)
}

// ofAll returns the guesses under all tags of an address, nil when those under one of them are
// not known in the epoch.
func (r *recent) ofAll(tags breach.Tags, purpose otp.Purpose, of epoch) []otp.Past {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []otp.Past{}
	for i := range tags.Len() {
		list := r.list(guesser{tags.At(i).Tag, purpose})
		if list == nil || list.of != of || !list.filled {
			return nil
		}
		all = newestPast(all, pastOf(list.rows))
	}
	return all
}

// list is what is kept of one. r.mu must be held.
func (r *recent) list(g guesser) *guessList {
	if list := r.young[g]; list != nil {
		return list
	}
	list := r.old[g]
	if list != nil {
		r.keep(g, list)
	}
	return list
}

func (r *recent) keep(g guesser, list *guessList) {
	if r.young == nil || len(r.young) >= recentGuessers {
		r.young, r.old = make(map[guesser]*guessList), r.young
	}
	r.young[g] = list
}

// fill adds what was read. Everything that is missing in it is in the list by then: what
// was committed before the read began was read.
func (r *recent) fill(list *guessList, rows []knownGuess) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !list.filled {
		list.rows, list.filled = newestGuesses(list.rows, rows), true
	}
}

// add takes rows that this process has committed, before anybody is told that they are.
func (r *recent) add(rows []auditRow) {
	for i := range rows {
		e := &rows[i].entry
		if !e.Weighs() {
			continue
		}
		one := knownGuess{rows[i].seq, pastOfEntry(e)}
		r.mu.Lock()
		if list := r.list(guesser{*e.Tag, otp.Purpose(e.Purpose)}); list != nil {
			list.rows = newestGuesses([]knownGuess{one}, list.rows)
		}
		r.mu.Unlock()
	}
}

// newestGuesses unites two lists, newest first. A row that is in both is there once.
func newestGuesses(a, b []knownGuess) []knownGuess {
	all := make([]knownGuess, 0, len(a)+len(b))
	var n ofEach
	for len(a)+len(b) > 0 {
		var one knownGuess
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].seq > b[0].seq:
			one, a = a[0], a[1:]
		case len(a) == 0 || b[0].seq > a[0].seq:
			one, b = b[0], b[1:]
		default:
			one, a, b = a[0], a[1:], b[1:]
		}
		if n.take(one.past) {
			all = append(all, one)
		}
	}
	return all
}

// pastOf is never nil.
func pastOf(rows []knownGuess) []otp.Past {
	past := make([]otp.Past, len(rows))
	for i, row := range rows {
		past[i] = row.past
	}
	return past
}
