package main

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"exposure/internal/live"
)

// BenchmarkLookUp must cost the same whatever the size of the list: of a thousand people, and
// of EXPOSURE_BENCH_PEOPLE. All ask for their codes first; then all look up, which is from
// the code that was typed to the answer. ask-us and lookup-us are the server's own CPU time
// for each, p99-us is how long the latter took. At most 500 of them are listed, in either list.
//
// The lists take turns, because a machine is not as fast at one time as at another.
func BenchmarkLookUp(b *testing.B) {
	sizes := [...]int{1000, manyPeople()}
	var sites [len(sizes)]site
	for i, people := range sizes {
		sites[i] = listSite(b, people)
	}
	for range 3 {
		for i, people := range sizes {
			b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
				sink := openSink(b)
				server := launch(b, "exposured", sites[i].freely(live.NewRedis(b).URL(), sink.url))
				lookUps(b, from(server.base, here), sink, people, server)
			})
		}
	}
}

func lookUps(b *testing.B, web *browser, sink *sink, people int, server measured) {
	const listed, together = 500, 128
	begin := server.cpu(b)
	all := make([]asked, b.N)
	must(b, each(b.N, together, func(i int) (err error) {
		address := fmt.Sprintf("stranger%08d@example.jp", i)
		if i%2 == 0 && i < 2*listed {
			address = personOfList(i / 2 * 7919 % people)
		}
		all[i], err = askForCode(web, sink, address)
		return err
	}))
	between := server.cpu(b)
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	must(b, each(b.N, together, func(i int) (err error) {
		took[i], err = all[i].confirm(web)
		return err
	}))
	b.StopTimer()
	slices.Sort(took)
	perOp := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(b.N) }
	b.ReportMetric(perOp(between-begin), "ask-us")
	b.ReportMetric(perOp(server.cpu(b)-between), "lookup-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// each does it for all numbers below n, several at a time.
func each(n, together int, do func(i int) error) error {
	var g errgroup.Group
	var next atomic.Int64
	for range together {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
