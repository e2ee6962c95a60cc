package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The timing tests rank the times of requests about listed people and about strangers, in
// an order drawn at random (Mann-Whitney). No time is judged by itself, so that a slow or
// busy machine is no failure: whatever disturbs it disturbs both groups, as the order knows
// nothing of either.
//
// A difference that chance explains once in a hundred times does come about once in a
// hundred times. So one round that differs is repeated with fresh requests and a fresh
// order, and only three of three that differ are a failure: by chance once in a million
// runs. A real difference shows in each of them: with 5,000 requests of each group 3 % of
// the spread are found nearly always, far less than 1 ms. That the round was no blind one is
// tried on its own times: had listed people taken a quarter of the median longer, it would tell.
const (
	significant = 0.01
	rounds      = 3
)

// compare fails the test if every round tells the groups apart.
func compare(t *testing.T, what string, round func() (listed, strangers []time.Duration)) {
	t.Helper()
	for try := range rounds {
		listed, strangers := round()
		p := mannWhitney(listed, strangers)
		t.Logf("%s, round %d: %d and %d times, p = %.3f, medians %v and %v", what, try+1, len(listed), len(strangers), p, median(listed), median(strangers))
		if p > significant {
			mustSee(t, what, listed, strangers)
			return
		}
	}
	t.Errorf("%s: in each of %d rounds listed people and strangers can be told apart", what, rounds)
}

// mustSee fails the test if the round was blind: it must tell the groups apart when listed
// people are made to have taken a quarter of the median longer.
func mustSee(t *testing.T, what string, listed, strangers []time.Duration) {
	t.Helper()
	if slowed {
		return // so few requests see little
	}
	later := slices.Clone(listed)
	shift := median(strangers) / 4
	for i := range later {
		later[i] += shift
	}
	if p := mannWhitney(later, strangers); p > significant {
		t.Errorf("%s: the round would not have shown listed people %v later, p = %.3f", what, shift, p)
	}
}

// mannWhitney is how likely chance alone makes two samples differ so much in rank: the
// normal approximation, corrected for ties and continuity.
func mannWhitney(a, b []time.Duration) (p float64) {
	type value struct {
		took time.Duration
		ofA  float64
	}
	var all []value
	for _, d := range a {
		all = append(all, value{d, 1})
	}
	for _, d := range b {
		all = append(all, value{d, 0})
	}
	slices.SortFunc(all, func(x, y value) int { return int(x.took - y.took) })
	var ranks, ties float64
	for i := 0; i < len(all); {
		j, ofA := i, 0.0
		for ; j < len(all) && all[j].took == all[i].took; j++ {
			ofA += all[j].ofA
		}
		size := float64(j - i)
		ranks += ofA * float64(i+j+1) / 2 // equal times share the mean of their ranks
		ties += size*size*size - size
		i = j
	}
	n, m := float64(len(a)), float64(len(b))
	variance := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	if variance <= 0 {
		return 1 // all are equal
	}
	away := math.Abs(ranks-n*(n+1)/2-n*m/2) - 0.5
	return math.Erfc(max(0, away) / math.Sqrt(2*variance))
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// TestRankTest: it finds a shift of a few percent in noise many times larger, finds nothing
// where there is nothing more often than it says, and knows ties.
func TestRankTest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int, shift time.Duration) (times []time.Duration) {
		for range n { // as servers are: a floor, and a long tail
			times = append(times, 300*time.Microsecond+shift+time.Duration(random.ExpFloat64()*float64(200*time.Microsecond)))
		}
		return times
	}
	for name, shift := range map[string]time.Duration{"5 %": 15 * time.Microsecond, "1 ms": time.Millisecond, "-1 ms": -time.Millisecond} {
		if p := mannWhitney(noise(5000, 0), noise(5000, shift)); p > 1e-6 {
			t.Errorf("a difference of %s was not found: p = %g", name, p)
		}
	}
	found := 0
	for range 1000 {
		if mannWhitney(noise(100, 0), noise(100, 0)) <= significant {
			found++
		}
	}
	if found > 25 { // 10 are due; more than 25 come once in 100,000 times
		t.Errorf("%d differences found where there were none", found)
	}
	if p := mannWhitney(slices.Repeat([]time.Duration{1}, 50), slices.Repeat([]time.Duration{1}, 50)); p != 1 {
		t.Errorf("equal times differ: p = %g", p)
	}
	// Six values with ties, worked out by hand: ranks 1.5, 1.5, 3.5, 3.5, 5, 6; U is 0.5 of a
	// mean of 4.5, the variance 9/12 * (7 - 12/30) = 4.95.
	if p := mannWhitney([]time.Duration{1, 1, 2}, []time.Duration{2, 3, 4}); math.Abs(p-math.Erfc(3.5/math.Sqrt(2*4.95))) > 1e-9 {
		t.Errorf("p = %g", p)
	}
}
