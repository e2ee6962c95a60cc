package profile

import (
	"cmp"
	"slices"
	"sync"
)

// known are the built-in profiles, read once: comparing a header with all of them must not
// cost the reading of six files each time. They are never handed out.
var known = sync.OnceValue(func() []*Profile {
	var all []*Profile
	for _, name := range Names() {
		if p, err := Builtin(name); err == nil { // a test reads every one of them
			all = append(all, p)
		}
	}
	return all
})

// Candidate is one file that a header may belong to.
type Candidate struct {
	Profile string // a name for Builtin
	Version string
	Role    Role     // the flag to pass it with
	Missing []string // columns without which the file is of no use
	Hidden  []string // columns whose lack must be accepted
	Twice   []string

	share float64
	found int
}

// Complete tells whether the file has all that cannot be done without.
func (c Candidate) Complete() bool { return len(c.Missing)+len(c.Twice) == 0 }

// leastShare is the part of a layout's columns that must be there before a header is taken
// for an incomplete one of its kind.
const leastShare = 0.5

// Recognise looks for a header in all built-in profiles, best first: complete ones before
// incomplete ones, then by how many columns are known. It is empty for a file of a shop
// system nobody has described. The files of payment companies are nobody's in particular
// and come under each profile that reads them.
func Recognise(header []string) []Candidate {
	folded := foldHeader(header)
	var found []Candidate
	for _, p := range known() {
		for i := range p.layouts {
			f := p.layouts[i].fit(folded)
			if len(f.never) > 0 || !f.fits() && f.share() < leastShare {
				continue
			}
			c := Candidate{
				Profile: p.Name, Version: f.layout.versionOf(folded), Role: f.layout.file,
				Missing: f.missing, Twice: f.twice, share: f.share(), found: len(f.used),
			}
			for _, h := range f.hidden {
				c.Hidden = append(c.Hidden, h.name())
			}
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b Candidate) int {
		if a.Complete() != b.Complete() {
			if a.Complete() {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(b.share, a.share))
	})
	return found
}
