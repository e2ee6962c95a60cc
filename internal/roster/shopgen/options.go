package shopgen

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the shop's clock exists on every machine
)

// Options say which shop to invent.
type Options struct {
	Seed    uint64
	Members int // registrations, exactly
	Orders  int // orders, exactly; 0: three for each member

	Profile string // eccube2, eccube3, eccube4, shopify or generic
	Version string // one of Versions(Profile); empty: the newest

	// Quirks adds what real shops are full of: names that break the quoting of their own
	// exports, addresses written in many ways, boundary cases of every rule, and people
	// whom a wrong rule would put on a list.
	Quirks bool

	Encoding string // CP932, UTF8 or UTF8BOM; empty: what the shop system writes
	Newline  string // "\n" or "\r\n"; empty: what the shop system writes

	ShuffleRows    bool // within a few thousand records, so that memory stays bounded
	ShuffleColumns bool

	Zone *time.Location // the clock of the exports; nil: Asia/Tokyo. It must have an IANA name
}

// Shop is an invented shop. It is safe for concurrent use: it never changes.
type Shop struct {
	o       Options
	d       dialect
	words   words
	stories []story
	err     error // of the options; Write reports it
}

// Profiles lists the shop systems there are shops of.
func Profiles() []string { return []string{"eccube2", "eccube3", "eccube4", "generic", "shopify"} }

// Versions lists the versions of a shop system's exports, oldest first; nil for a
// system that is not in Profiles.
func Versions(profile string) []string {
	var out []string
	for _, d := range dialects() {
		if d.profile == profile {
			out = append(out, d.version)
		}
	}
	return out
}

// New invents a shop. Options that make no sense are reported by Write, and such a shop
// has nobody in it.
func New(o Options) *Shop {
	s := &Shop{o: o}
	if s.o.Orders == 0 {
		s.o.Orders = 3 * s.o.Members
	}
	if s.o.Zone == nil {
		s.o.Zone, s.err = time.LoadLocation("Asia/Tokyo")
	}
	versions := Versions(o.Profile)
	if len(versions) == 0 {
		s.err = fmt.Errorf("no shop system %q; there are %s", o.Profile, strings.Join(Profiles(), ", "))
		return s
	}
	if o.Version == "" {
		s.o.Version = versions[len(versions)-1]
	}
	all := dialects()
	i := slices.IndexFunc(all, func(d dialect) bool { return d.profile == o.Profile && d.version == s.o.Version })
	switch {
	case i < 0:
		s.err = fmt.Errorf("no version %q of %s; there are %s", o.Version, o.Profile, strings.Join(versions, ", "))
	case o.Members < 0 || o.Orders < 0:
		s.err = fmt.Errorf("a shop cannot have fewer than no members and no orders")
	case o.Encoding != "" && !slices.Contains([]string{CP932, UTF8, UTF8BOM}, o.Encoding):
		s.err = fmt.Errorf("no encoding %q; there are %s, %s and %s", o.Encoding, CP932, UTF8, UTF8BOM)
	}
	if s.err == nil {
		s.settle(all[i])
	}
	return s
}

// settle fills in what the shop system decides.
func (s *Shop) settle(d dialect) {
	s.d, s.words = d, newWords()
	if s.o.Encoding == "" {
		s.o.Encoding = d.style.Encoding
	}
	if s.o.Newline == "" {
		s.o.Newline = d.style.LineEnd
	}
	for _, y := range stories() {
		if d.has(y.needs) && (s.o.Quirks || !y.quirk) {
			s.stories = append(s.stories, y)
		}
	}
}

func (s *Shop) style() Style {
	return Style{Encoding: s.o.Encoding, LineEnd: s.o.Newline, Quoting: s.d.style.Quoting}
}

// postgres tells whether the shop runs on PostgreSQL, which keeps fractions of seconds
// and knows no zero date. Without quirks nobody notices.
func (s *Shop) postgres() bool { return s.o.Quirks && s.d.has(fractions) && s.o.Seed%2 == 0 }
