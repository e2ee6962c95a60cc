package ratelimit

import (
	"encoding/hex"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// BenchmarkBytesOfACounter measures what a counter of a client's own network holds in memory:
// a request's by a fixed window, a failure's by one that can be given back, an address's.
func BenchmarkBytesOfACounter(b *testing.B) {
	rates := []Rate{{Count: 60, Per: time.Hour}}
	now := time.Now
	for kind, open := range map[string]func() func(key string) error{
		"fixed": func() func(string) error {
			f := newFixedMemory(time.Hour, now)
			f.store.(*bounded).most.own = 1 << 30
			return func(key string) error {
				_, err := f.count(b.Context(), []ask{{"request-ip:" + key, rates}})
				return err
			}
		},
		"returnable": func() func(string) error {
			m := newWindowMemory(now)
			return func(key string) error {
				_, _, err := m.borrow(b.Context(), []ask{{"failed-ip:" + key, rates}})
				return err
			}
		},
		"exact": func() func(string) error {
			m := newExactMemory(now)
			return func(key string) error {
				_, err := m.take(b.Context(), []ask{{"send-address:" + key, rates}}, [][]int{{0}}, NewReceipt())
				return err
			}
		},
	} {
		b.Run(kind, func(b *testing.B) {
			const counters = 250_000
			for b.Loop() {
				before := inUse()
				count := open()
				for i := range counters {
					tag := hex.EncodeToString([]byte(strconv.Itoa(1e15 + i)))
					if err := count(tag + ":" + tag); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(inUse()-before)/counters, "B/counter")
				runtime.KeepAlive(count)
			}
		})
	}
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
