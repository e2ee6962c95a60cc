package otp_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// A journey's share of the store: one code issued, one right guess.
func benchmark(b *testing.B, s otp.Store) {
	w := &world{Store: s, tb: b, now: time.Now()}
	ctx := context.Background()
	b.Run("Issue", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i, _, _ := w.person().visit(otp.Web).draft("1690000000000-0", false)
			if _, err := s.Issue(ctx, i); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Journey", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(16) // as many requests wait at a time as on a busy server
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				v := w.person().visit(otp.Web)
				i, short, _ := v.draft("1690000000000-0", false)
				if _, err := s.Issue(ctx, i); err != nil {
					b.Error(err)
					return
				}
				if got, err := s.Redeem(ctx, v.attempt(short)); err != nil || !got.Accepted {
					b.Errorf("%+v, %v", got, err)
					return
				}
			}
		})
	})
	b.Run("RedeemSpent", func(b *testing.B) { // what a burst of guesses meets
		v := w.person().visit(otp.Web)
		for range 5 {
			if _, err := s.Redeem(ctx, v.attempt("12345678")); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Redeem(ctx, v.attempt("12345678")); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("RedeemFullHistory", func(b *testing.B) { // ten failures, eight long codes, all places taken
		p := w.person()
		for range 50 {
			p.past[otp.Web] = append(p.past[otp.Web], otp.Past{Attempt: random16(), At: w.now.Add(-time.Hour)})
		}
		for range 10 {
			p.visit(otp.Web).mail()
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Redeem(ctx, p.visit(otp.Web).attempt("12345678")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRedeemMemory(b *testing.B) {
	var calls atomic.Int64 // two a second, so that old states end
	begun := time.Now()
	benchmark(b, otp.NewMemory(otp.Config{Now: func() time.Time {
		return begun.Add(time.Duration(calls.Add(1)) * time.Second / 2)
	}}))
}

func BenchmarkRedeemRedis(b *testing.B) {
	benchmark(b, otp.NewRedis(dial(b, live.NewRedis(b).Addr()), otp.Config{}))
}
