package shopgen_test

import (
	"testing"

	"exposure/internal/roster/shopgen"
)

// BenchmarkWrite reports what a member with three orders costs to write.
func BenchmarkWrite(b *testing.B) {
	for _, profile := range shopgen.Profiles() {
		b.Run(profile, func(b *testing.B) {
			s := shopgen.New(shopgen.Options{Profile: profile, Members: 2000, Quirks: true})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Write(b.TempDir()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/2000, "µs/member")
		})
	}
}
