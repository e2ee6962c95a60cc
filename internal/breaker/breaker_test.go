package breaker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"exposure/internal/breaker"
)

// log is an audit log in memory.
type log struct {
	mu    sync.Mutex
	rows  []row
	doubt error
	pause func() // between reading and returning
}

type row struct {
	at      time.Time
	network [16]byte
}

func (l *log) write(at time.Time, network [16]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, row{at, network})
}

func (l *log) FailedGuesses(_ context.Context, since time.Time, each func([16]byte) bool) error {
	l.mu.Lock()
	rows, doubt, pause := slices.Clone(l.rows), l.doubt, l.pause
	l.mu.Unlock()
	for _, r := range rows {
		if r.at.After(since) && !each(r.network) {
			break
		}
	}
	if pause != nil {
		pause()
	}
	return doubt
}

func network(i int) (n [16]byte) {
	binary.LittleEndian.PutUint64(n[:], uint64(i)+1) // its first quarter names a block
	return n
}

type rig struct {
	*breaker.Breaker
	log     *log
	now     time.Time
	changes []string
}

func open(t *testing.T, l *log) *rig {
	t.Helper()
	r := &rig{log: l, now: time.Date(2023, 7, 26, 0, 0, 0, 0, time.UTC)}
	b, err := breaker.New(t.Context(), breaker.Config{
		Log: l, Now: func() time.Time { return r.now },
		Changed: func(from, to breaker.Level) { r.changes = append(r.changes, fmt.Sprintf("%d>%d", from, to)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Breaker = b
	return r
}

// fail lets a guess from a network fail, and returns the level it was judged at.
func (r *rig) fail(i int) breaker.Level { return r.failFrom(network(i)) }

func (r *rig) failFrom(n breaker.Network) breaker.Level {
	level, g := r.Begin(n)
	r.log.write(r.now, n)
	g.End(true)
	return level
}

func TestLevels(t *testing.T) {
	r := open(t, &log{})
	for i := range 1_999 {
		r.fail(i)
	}
	if r.Level() != breaker.Calm {
		t.Fatalf("after 1,999 failures: %d", r.Level())
	}
	if at := r.fail(1_999); at != breaker.Calm || r.Level() != breaker.Longer {
		t.Errorf("the 2,000th was judged at %d, then %d", at, r.Level())
	}
	for i := 2_000; i < 20_000; i++ {
		if at := r.fail(i / 2); at != breaker.Longer {
			t.Fatalf("failure %d was judged at %d", i, at)
		}
	}
	if at, g := r.Begin(network(30_000)); at != breaker.LongOnly {
		t.Errorf("after 20,000 failures a guess is judged at %d", at)
	} else {
		g.End(false)
	}
	r.now = r.now.Add(23 * time.Hour)
	if err := r.Refresh(t.Context()); err != nil || r.Level() != breaker.LongOnly {
		t.Errorf("within the day: %d, %v", r.Level(), err)
	}
	r.now = r.now.Add(time.Hour)
	if err := r.Refresh(t.Context()); err != nil || r.Level() != breaker.Calm || r.Failures() != 0 {
		t.Errorf("a day later: %d, %d failures, %v", r.Level(), r.Failures(), err)
	}
	if want := []string{"0>1", "1>2", "2>0"}; !slices.Equal(r.changes, want) {
		t.Errorf("told of %v, want %v", r.changes, want)
	}
}

// A few networks change nothing for anybody, however often they fail.
func TestANetworkCountsTwenty(t *testing.T) {
	r := open(t, &log{})
	for i := range 5_000 {
		r.fail(i % 99)
	}
	if r.Failures() != 99*20 || r.Level() != breaker.Calm {
		t.Errorf("%d failures, level %d", r.Failures(), r.Level())
	}
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != 99*20 {
		t.Errorf("by the log: %d failures, %v", r.Failures(), err)
	}
}

// TestNoFailureIsMissed: at every moment of a day of guesses and counts of the log, the
// breaker counts at least what the log does.
func TestNoFailureIsMissed(t *testing.T) {
	l := &log{}
	r := open(t, l)
	// A guess that began before the log was read and failed while it was read.
	_, g := r.Begin(network(1))
	l.pause = func() {
		l.write(r.now, network(1))
		g.End(true)
		r.fail(2)
	}
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != 2 {
		t.Errorf("%d failures, %v; want the 2 that happened meanwhile", r.Failures(), err)
	}
	l.pause = nil
	// One that is still being judged.
	_, g = r.Begin(network(3))
	if err := r.Refresh(t.Context()); err != nil || r.Failures() != 3 {
		t.Errorf("%d failures, %v; want 3 with the one being judged", r.Failures(), err)
	}
	g.End(false)
	if r.Failures() != 2 {
		t.Errorf("%d failures after a right code, want 2", r.Failures())
	}
	// While the log cannot be read nothing is forgotten.
	l.doubt, r.now = errors.New("down"), r.now.Add(48*time.Hour)
	if err := r.Refresh(t.Context()); err == nil || r.Failures() != 2 {
		t.Errorf("%d failures, %v; want an error and 2", r.Failures(), err)
	}
	if _, err := breaker.New(t.Context(), breaker.Config{Log: l}); err == nil {
		t.Error("a breaker began without knowing the day before")
	}
}

// However many guesses are judged at once, no more than the threshold are compared.
func TestABurstAtTheThreshold(t *testing.T) {
	l := &log{}
	for i := range 19_950 {
		l.write(time.Date(2023, 7, 26, 0, 0, 0, 0, time.UTC), network(i))
	}
	r := open(t, l)
	var mu sync.Mutex
	compared := 0
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			level, g := r.Begin(network(30_000 + i))
			if level < breaker.LongOnly {
				mu.Lock()
				compared++
				mu.Unlock()
			}
			time.Sleep(time.Millisecond)
			g.End(level < breaker.LongOnly)
		})
	}
	wg.Wait()
	if compared != 50 || r.Level() != breaker.LongOnly {
		t.Errorf("%d were compared, want the 50 that were left; level %d", compared, r.Level())
	}
}

func TestNoneNeverTrips(t *testing.T) {
	var b *breaker.Breaker
	level, g := b.Begin(network(1))
	g.End(true)
	if level != breaker.Calm || b.Level() != breaker.Calm {
		t.Error("a breaker that is not there tripped")
	}
}
