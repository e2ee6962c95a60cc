package eccube_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// many are the times that each part of barring so many members takes.
type many struct{ read, blank, sweep, resweep time.Duration }

// crowd makes members and sessions: every fourth of a visitor, the others of members 1, 2
// and so on, also of some who are not meant if there are more sessions than members.
func (s *shop) crowd(members, sessions int) {
	s.fill(members)
	if s.system != "eccube2" {
		return
	}
	from := fmt.Sprintf("(SELECT generate_series(1, %d) AS n) AS numbers", sessions)
	id, filler := "encode(sha256(CAST(CONCAT('s', n) AS bytea)), 'hex')", "repeat('x', 500)"
	if s.kind == "mysql" {
		from, id = fmt.Sprintf("(SELECT seq AS n FROM seq_1_to_%d) AS numbers", sessions), "sha2(CONCAT('s', n), 256)"
	}
	s.run(s.admin, fmt.Sprintf(`INSERT INTO dtb_session (sess_id, sess_data) SELECT %s,
		CONCAT('cart|a:1:{s:1:"x";s:500:"', %s, '";}', CASE WHEN n %% 4 = 0 THEN '' ELSE CONCAT('customer|a:41:{s:11:"customer_id";i:', n, ';}') END) FROM %s`, id, filler, from))
}

// bar carries out what an order does, with nothing else between.
func (s *shop) bar(members int) (took many) {
	s.t.Helper()
	c, ctx := s.connector(), s.t.Context()
	ids := numbers(members)
	begun := time.Now()
	lap := func(into *time.Duration) { *into = time.Since(begun); begun = time.Now() }
	held, err := c.Read(ctx, ids)
	if err != nil || len(held) != members {
		s.t.Fatalf("%d members: %v", len(held), err)
	}
	lap(&took.read)
	for _, h := range held {
		if err := c.Blank(ctx, h.MemberID, h.Fingerprint); err != nil {
			s.t.Fatal(err)
		}
	}
	lap(&took.blank)
	for _, sweep := range []*time.Duration{&took.sweep, &took.resweep} {
		if err := c.EndSessions(ctx, ids); err != nil {
			s.t.Fatal(err)
		}
		lap(sweep)
	}
	return took
}

func (s *shop) barredAll(members, sessions int) {
	s.t.Helper()
	if got := s.table("SELECT password, COUNT(*) AS n FROM dtb_customer GROUP BY password"); got != fmt.Sprintf("password= n=%d \n", members) {
		s.t.Errorf("passwords: %s", got)
	}
	if s.system != "eccube2" {
		return
	}
	if got, want := s.table("SELECT COUNT(*) AS n FROM dtb_session"), fmt.Sprintf("n=%d \n", sessions-min(members, sessions)*3/4); got != want {
		s.t.Errorf("left are sessions: %s, want %s", got, want)
	}
}

func TestManyMembers(t *testing.T) {
	const members = 800
	everyShop(t, func(t *testing.T, s *shop) {
		s.crowd(members, 2*members)
		s.bar(members)
		s.barredAll(members, 2*members)
	})
}

// BenchmarkAHundredThousandMembers is an order over a large shop in which 30,000 members are
// logged in. Its times are those of each part, in seconds. EXPOSURE_BENCH_MEMBERS is another
// size.
func BenchmarkAHundredThousandMembers(b *testing.B) {
	members := 100_000
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_MEMBERS")); err == nil && n > 0 {
		members = n
	}
	sessions := members * 2 / 5
	for _, kind := range []string{"postgres", "mysql"} {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				s := newShop(b, "eccube2", kind)
				s.crowd(members, sessions)
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				took := s.bar(members)
				runtime.ReadMemStats(&after)
				b.ReportMetric(took.read.Seconds(), "s-read")
				b.ReportMetric(took.blank.Seconds(), "s-blank")
				b.ReportMetric(took.sweep.Seconds(), "s-sweep")
				b.ReportMetric(took.resweep.Seconds(), "s-resweep")
				b.ReportMetric(float64(after.HeapSys-before.HeapSys)/1e6, "MB-heap")
				s.barredAll(members, sessions)
			}
		})
	}
}
