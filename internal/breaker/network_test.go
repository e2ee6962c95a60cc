package breaker_test

import (
	"encoding/binary"
	"testing"

	"exposure/internal/breaker"
)

// tag is a keyed tag as the vault makes them: unlike any other in every part.
func tag(kind byte, i int) (t [16]byte) {
	for k := 0; k < len(t); k += 4 {
		binary.BigEndian.PutUint32(t[k:], uint32(kind)<<24|uint32(i))
	}
	return t
}

// TestOneSiteTripsNothing: the owner of an IPv6 /48 has 256 /56s, each of which may fail
// twenty times; a hundred IPv4 /24s are a hundred places.
func TestOneSiteTripsNothing(t *testing.T) {
	r := open(t, &log{})
	for i := range 256 * 20 {
		r.failFrom(breaker.NetworkOf(tag('b', 1), tag('s', 1), tag('n', i%256)))
	}
	r.agree(t, 40, breaker.Calm)
	for i := range 98 * 20 { // networks that are no part of a site, and the rows of before there were sites
		r.failFrom(tag('4', i%98))
	}
	r.agree(t, 40+98*20, breaker.Longer)

	r = open(t, &log{})
	for i := range 100 * 20 {
		r.failFrom(tag('4', i%100))
	}
	r.agree(t, 2_000, breaker.Longer)
	r = open(t, &log{})
	for i := range 50 * 300 {
		r.failFrom(breaker.NetworkOf(tag('b', i%50), tag('s', i%50), tag('n', i)))
	}
	r.agree(t, 2_000, breaker.Longer)
}

// agree holds the count, and that of the log, against what they should be.
func (r *rig) agree(t *testing.T, failures int, level breaker.Level) {
	t.Helper()
	if r.Failures() != failures || r.Level() != level {
		t.Errorf("%d failures, level %d; want %d and %d", r.Failures(), r.Level(), failures, level)
	}
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != failures || r.Level() != level {
		t.Errorf("by the log: %d failures, level %d, %v; want %d and %d", r.Failures(), r.Level(), err, failures, level)
	}
}

// TestOneBlockBringsAboutNoMoreThanLongerCodes: the owner of an IPv6 /32 has 65,536 /48s, each
// of which may fail forty times. It takes ten such owners to have short codes refused; others
// are counted all the same.
func TestOneBlockBringsAboutNoMoreThanLongerCodes(t *testing.T) {
	r := open(t, &log{})
	for i := range 600 * 40 {
		r.failFrom(breaker.NetworkOf(tag('b', 1), tag('s', i%600), tag('n', i)))
	}
	r.agree(t, 2_000, breaker.Longer)
	r.failFrom(tag('4', 1))
	r.failFrom(breaker.NetworkOf(tag('b', 2), tag('s', 1), tag('n', 1)))
	r.agree(t, 2_002, breaker.Longer)
	for i := range 8 * 2_500 { // a /29
		r.failFrom(breaker.NetworkOf(tag('b', i%8), tag('s', i%600), tag('n', i)))
	}
	r.agree(t, 8*2_000+1, breaker.Longer)
	for i := range 2_500 {
		r.failFrom(breaker.NetworkOf(tag('b', 8), tag('s', i%600), tag('n', i)))
		r.failFrom(breaker.NetworkOf(tag('b', 9), tag('s', i%600), tag('n', i)))
	}
	r.agree(t, 20_000, breaker.LongOnly)
}

// TestManyNetworksOfASiteHideNobody: however many networks of one site the log holds before
// them, the failures of others are counted.
func TestManyNetworksOfASiteHideNobody(t *testing.T) {
	l := &log{}
	r := open(t, l)
	for i := range 30_000 { // more than ever count
		l.write(r.now, breaker.NetworkOf(tag('b', i%100), tag('s', i%100), tag('n', i)))
	}
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != 4_000 {
		t.Fatalf("%d failures of 100 sites, %v; want 4,000", r.Failures(), err)
	}
	for i := range 1_000 {
		l.write(r.now, tag('4', i))
	}
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != 5_000 {
		t.Errorf("%d failures, %v; want 5,000", r.Failures(), err)
	}
}

// TestARightCodeMakesRoom: what was counted and turned out right counts neither for the network
// nor for its site, nor for its block.
func TestARightCodeMakesRoom(t *testing.T) {
	r := open(t, &log{})
	for i := range 2_200 {
		_, g := r.Begin(breaker.NetworkOf(tag('b', 1), tag('s', 1), tag('n', i)))
		g.End(false)
	}
	for i := range 39 {
		r.failFrom(breaker.NetworkOf(tag('b', 1), tag('s', 1), tag('n', i)))
	}
	if r.Failures() != 39 {
		t.Errorf("%d failures, want 39", r.Failures())
	}
}
