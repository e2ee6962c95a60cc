package sqlstore_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// manyPeople is the size of a long list; EXPOSURE_BENCH_PEOPLE sets it, to a million for one.
func manyPeople() int {
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_PEOPLE")); err == nil {
		return n
	}
	return 100_000
}

// sizes are lists of a thousand people, of ten times as many, and so on up to manyPeople.
func sizes() (all []int) {
	for n := 1_000; n < manyPeople(); n *= 10 {
		all = append(all, n)
	}
	return append(all, manyPeople())
}

// BenchmarkAnswer must cost the same whatever the size of the list. cpu-ns/op is the process's own
// time, which a machine that does other work disturbs less.
func BenchmarkAnswer(b *testing.B) {
	for _, people := range sizes() {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			s := newStore(b)
			s.publish(b, "a", people, 1)
			for _, c := range []struct {
				name string
				from int
			}{{"listed", 0}, {"unlisted", people}} {
				b.Run(c.name, func(b *testing.B) {
					b.ReportAllocs()
					defer reportCPU(b)()
					n := 0
					for b.Loop() {
						if _, _, err := s.roster.Answer(b.Context(), nameOf(c.from+n%people)); err != nil {
							b.Fatal(err)
						}
						n += 7919
					}
				})
			}
			b.Run("standing", func(b *testing.B) {
				defer reportCPU(b)()
				n := 0
				for b.Loop() {
					if _, err := s.roster.Standing(b.Context(), nameOf(n%people), otp.Web); err != nil {
						b.Fatal(err)
					}
					n += 7919
				}
			})
			b.Run("parallel", func(b *testing.B) {
				var n atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, _, err := s.roster.Answer(b.Context(), nameOf(int(n.Add(7919))%people)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
			b.Run("check", func(b *testing.B) {
				for b.Loop() {
					if err := s.roster.Check(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkImport measures how fast people with an address each are staged and committed
// as the importer hands them over: people in any order of their handles, tags sorted. The
// peak of memory is that of the process.
func BenchmarkImport(b *testing.B) {
	people := manyPeople()
	s := newStore(b)
	sorted := make([]int32, people)
	for n := range sorted {
		sorted[n] = int32(n)
	}
	slices.SortFunc(sorted, func(i, j int32) int {
		x, y := tagOf(int(i)), tagOf(int(j))
		return bytes.Compare(x[:], y[:])
	})
	evidence := bytes.Repeat([]byte("e"), 300)
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		if err := importSorted(b.Context(), s.roster, fmt.Sprint(n), sorted, evidence); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(2*people*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "peak-MiB")
}

func usage(b *testing.B) (r syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return r
}

// reportCPU reports, when what it returns is called, the CPU time of the process since now, for
// each operation.
func reportCPU(b *testing.B) func() {
	spent := func() int64 {
		r := usage(b)
		return r.Utime.Nano() + r.Stime.Nano()
	}
	begin := spent()
	return func() { b.ReportMetric(float64(spent()-begin)/float64(b.N), "cpu-ns/op") }
}

func importSorted(ctx context.Context, r *sqlstore.Roster, sources string, sorted []int32, evidence []byte) error {
	st, err := r.Stage(ctx, meta(sources))
	if err != nil {
		return err
	}
	for n := range sorted {
		p := sqlstore.StagedPerson{
			Ref: int64(n + 1), Kind: breach.KindMember, MemberID: strconv.Itoa(n), Handle: handleOf(n), Evidence: evidence, Person: answerOf(n, 1).Persons[0],
		}
		if err := st.AddPerson(ctx, p); err != nil {
			return err
		}
	}
	for _, n := range sorted {
		if err := st.AddTag(ctx, tagOf(int(n)), answerOf(int(n), 1)); err != nil {
			return err
		}
	}
	_, err = st.Commit(ctx, importEntry())
	return err
}

// BenchmarkDropped is Answer of somebody who is not listed, after one to many versions
// were replaced; BenchmarkPaused is what every request asks first.
func BenchmarkDropped(b *testing.B) {
	s := newStore(b)
	published := 0
	for _, replaced := range []int{0, 1, 10} {
		for ; published <= replaced; published++ {
			s.publish(b, fmt.Sprint(published), 1_000, published)
		}
		for name, from := range map[string]int{"listed": 0, "unlisted": 1_000} {
			b.Run(fmt.Sprintf("replaced=%d/%s", replaced, name), func(b *testing.B) {
				n := 0
				for b.Loop() {
					if _, _, err := s.roster.Answer(b.Context(), nameOf(from+n%1_000)); err != nil {
						b.Fatal(err)
					}
					n += 7919
				}
			})
		}
	}
}

func BenchmarkPaused(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		if p, err := s.roster.Paused(b.Context()); err != nil || p != nil {
			b.Fatal(p, err)
		}
	}
}

// BenchmarkAppend measures durable audit rows with many callers waiting at once.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := newStore(b)
			log := s.Audit()
			var n atomic.Int64
			b.SetParallelism(max(1, callers/2))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := log.Append(b.Context(), guess(int(n.Add(1)), otp.Web, audit.Refused)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// guess is an evaluated guess at the code of person n.
func guess(n int, purpose otp.Purpose, outcome audit.Outcome) audit.Entry {
	tag := tagOf(n)
	e := audit.Entry{
		At: start.Add(time.Duration(n) * time.Millisecond), Actor: audit.Actor{Kind: audit.Customer}, Action: audit.Guess,
		Outcome: outcome, Purpose: string(purpose), Tag: &tag, Detail: audit.ShortCode,
	}
	copy(e.Attempt[:], fmt.Sprintf("attempt%09d", n))
	return e
}

// BenchmarkConfirmation is all the database does for one right code: standing, answer,
// and two audit rows in one commit, with many callers at once.
func BenchmarkConfirmation(b *testing.B) {
	for _, people := range []int{1_000, manyPeople()} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			s := newStore(b)
			s.publish(b, "a", people, 1)
			log := s.Audit()
			var n atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			before := cpuTime(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := confirmation(b.Context(), s.roster, log, int(n.Add(7919)), people); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "confirmations/s")
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

func confirmation(ctx context.Context, r *sqlstore.Roster, log *sqlstore.Audit, n, people int) error {
	if _, err := r.Standing(ctx, nameOf(n), otp.Web); err != nil {
		return err
	}
	v, _, err := r.Answer(ctx, nameOf(n%people))
	if err != nil {
		return err
	}
	accepted := guess(n, otp.Web, audit.Accepted)
	told := accepted
	told.Action, told.Outcome, told.Version = audit.Disclosure, audit.Done, v.ID
	return log.Append(ctx, accepted, told)
}

// cpuTime is what this process has used so far. Unlike the clock it says the same on a
// busy machine.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkVerify reads and proves a whole log. The number of rows can be set, to a
// million for one.
func BenchmarkVerify(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_ROWS")); err == nil {
		rows = n
	}
	s := newStore(b)
	for n := 0; n < rows; n += 1_000 {
		s.guesses(b, n, 1_000)
	}
	kept := s.head(b)
	b.ResetTimer()
	for b.Loop() {
		if v := s.verify(b, kept); v.Bad != nil || v.Rows < int64(rows) || v.Kept != 1 {
			b.Fatal(v, v.Bad)
		}
	}
	b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
