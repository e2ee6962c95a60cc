package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The timing tests rank the times of requests about listed people and about strangers, in
// an order drawn at random (Mann-Whitney). No time is judged by itself, so that a slow or
// busy machine is no failure: whatever disturbs it disturbs both groups, as the order knows
// nothing of either. What else a machine does changes within seconds, and so by far more than
// what is looked for: times are ranked among those of the same few moments only (van Elteren).
//
// A difference that chance explains once in a hundred times does come about once in a
// hundred times. So one round that differs is repeated with fresh requests and a fresh
// order, and only three of three that differ are a failure: by chance once in a million
// runs. What a round does not show must not have been hidden by noise: 1 ms added to or taken
// from the times of listed people must show in them, beyond what chance explains once in
// 10,000 times, and a quarter of the median beyond once in a hundred. A blind round is added to
// the next. So a server that differs by 1 ms or more fails, whatever the noise.
const (
	significant = 0.01
	plain       = 1e-4
	rounds      = 3
	planted     = time.Millisecond
	moment      = 10 // times of each group that are ranked together
)

// compare fails the test if every round tells the groups apart, or would not have told them
// apart had they been 1 ms apart.
func compare(t *testing.T, what string, round func() (listed, strangers []time.Duration)) {
	t.Helper()
	var listed, strangers []time.Duration
	blind := false
	for try := range rounds {
		more, others := round()
		if !blind {
			listed, strangers = nil, nil
		}
		listed, strangers = append(listed, more...), append(strangers, others...)
		p := chance(ranked(listed, strangers))
		t.Logf("%s, round %d: %d and %d times, p = %.3f, medians %v and %v", what, try+1, len(listed), len(strangers), p, median(listed), median(strangers))
		blind = !shows(t, listed, strangers, planted, plain) || !shows(t, listed, strangers, median(strangers)/4, significant)
		if !blind && p > significant {
			return
		}
	}
	if blind {
		t.Errorf("%s: listed people and strangers may be %v or a quarter of the median apart, by %d rounds", what, planted, rounds)
	} else {
		t.Errorf("%s: in none of %d rounds were listed people like strangers", what, rounds)
	}
}

// shows tells whether listed people who took so much less or more time would show, each
// beyond what chance explains that often.
func shows(t *testing.T, listed, strangers []time.Duration, by time.Duration, often float64) bool {
	t.Helper()
	sooner, later := ranked(shifted(listed, -by), strangers), ranked(shifted(listed, by), strangers)
	t.Logf("%v sooner or later would be %.1f and %.1f deviations", by, sooner, later)
	return slowed || sooner < 0 && later > 0 && max(chance(sooner), chance(later)) <= often // so few requests see little
}

func shifted(times []time.Duration, by time.Duration) []time.Duration {
	times = slices.Clone(times)
	for i := range times {
		times[i] += by
	}
	return times
}

// chance is how likely chance alone moves a result at least so many deviations either way.
func chance(deviations float64) (p float64) { return math.Erfc(math.Abs(deviations) / math.Sqrt2) }

// ranked is by how many standard deviations the ranks of a are above those that chance gives
// them. Both groups have as many times, in the order in which they were taken; each time is
// ranked among those of its moment.
func ranked(a, b []time.Duration) (deviations float64) {
	var away, variance float64
	for i := 0; i < len(a); i += moment {
		end := min(i+moment, len(a))
		d, v := mannWhitney(a[i:end], b[i:end])
		away, variance = away+d, variance+v
	}
	if variance <= 0 {
		return 0 // all are equal
	}
	return math.Copysign(max(0, math.Abs(away)-0.5), away) / math.Sqrt(variance)
}

// mannWhitney is by how much the sum of the ranks of a exceeds its mean, and its variance where
// both are alike, corrected for ties.
func mannWhitney(a, b []time.Duration) (away, variance float64) {
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
	slices.SortFunc(all, func(x, y value) int { return cmp.Compare(x.took, y.took) })
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
	return ranks - n*(n+m+1)/2, n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// TestRankTest: it finds a shift of a few percent in noise many times larger, and 1 ms where
// the machine gets slower and faster by a hundred; finds nothing where there is nothing more
// often than it says, and knows ties.
func TestRankTest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int, shift, swell time.Duration) (times []time.Duration) {
		for i := range n { // as servers are: a floor, and a long tail
			load := time.Duration(float64(swell) * (1 + math.Sin(float64(i)/100)))
			times = append(times, 300*time.Microsecond+shift+load+time.Duration(random.ExpFloat64()*float64(200*time.Microsecond)))
		}
		return times
	}
	for _, c := range []struct{ shift, swell time.Duration }{
		{15 * time.Microsecond, 0}, {time.Millisecond, 0}, {-time.Millisecond, 0},
		{time.Millisecond, 50 * time.Millisecond}, {-time.Millisecond, 50 * time.Millisecond},
	} {
		z := ranked(noise(5000, c.shift, c.swell), noise(5000, 0, c.swell))
		if chance(z) > 1e-6 || z > 0 != (c.shift > 0) {
			t.Errorf("a difference of %v amid a load of %v was not found: %.1f deviations", c.shift, c.swell, z)
		}
	}
	found := 0
	for range 1000 {
		if chance(ranked(noise(100, 0, 0), noise(100, 0, 0))) <= significant {
			found++
		}
	}
	if found > 25 { // 10 are due; more than 25 come once in 100,000 times
		t.Errorf("%d differences found where there were none", found)
	}
	if z := ranked(slices.Repeat([]time.Duration{1}, 50), slices.Repeat([]time.Duration{1}, 50)); z != 0 {
		t.Errorf("equal times differ by %.1f deviations", z)
	}
	// Six values with ties, worked out by hand: ranks 1.5, 1.5, 3.5, 3.5, 5, 6; the sum is 4
	// below a mean of 10.5, the variance 9/12 * (7 - 12/30) = 4.95.
	if away, v := mannWhitney([]time.Duration{1, 1, 2}, []time.Duration{2, 3, 4}); away != -4 || math.Abs(v-4.95) > 1e-9 {
		t.Errorf("%v away, variance %v", away, v)
	}
}
