package ratelimit_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

var mailbox = ratelimit.Counter{Name: ratelimit.SendAddress, Key: "k"}

func takeFor(t testing.TB, l *ratelimit.Limiter, c ratelimit.Counter, r ratelimit.Receipt) bool {
	t.Helper()
	way, err := l.TakeFirst(context.Background(), r, []ratelimit.Counter{c})
	if err != nil {
		t.Fatalf("checking a limit: %v", err)
	}
	return way == 0
}

func undo(t testing.TB, l *ratelimit.Limiter, r ratelimit.Receipt, cs ...ratelimit.Counter) {
	t.Helper()
	if err := l.GiveBack(context.Background(), r, cs...); err != nil {
		t.Fatal(err)
	}
}

// TestATakeComesBackOnce: by its receipt, from the counter it was taken of, however often
// and by whomever it is given back; nobody else's comes with it.
func TestATakeComesBackOnce(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		table := ratelimit.Table{ratelimit.SendAddress: {{Count: 2, Per: time.Hour}, {Count: 3, Per: 24 * time.Hour}}}
		l := open(table)
		mine, others, refused := ratelimit.NewReceipt(), ratelimit.NewReceipt(), ratelimit.NewReceipt()
		if !takeFor(t, l, mailbox, mine) || !takeFor(t, l, mailbox, others) || takeFor(t, l, mailbox, refused) {
			t.Fatal("want two takes and no more")
		}
		undo(t, l, refused, mailbox) // it was not counted
		undo(t, l, ratelimit.Receipt{}, mailbox)
		undo(t, l, mine, ratelimit.Counter{Name: ratelimit.SendReserve, Key: "k"}, ratelimit.Counter{Name: ratelimit.SendAddress, Key: "l"})
		if takeFor(t, l, mailbox, refused) {
			t.Fatal("a take came back that was never given")
		}
		for range 3 {
			undo(t, l, mine, ratelimit.Counter{Name: ratelimit.SendReserve, Key: "k"}, mailbox)
		}
		if !takeFor(t, l, mailbox, ratelimit.NewReceipt()) || takeFor(t, l, mailbox, ratelimit.NewReceipt()) {
			t.Error("given back three times: want one take more, and only one")
		}
		undo(t, l, mine, mailbox)
		if takeFor(t, l, mailbox, ratelimit.NewReceipt()) {
			t.Error("a receipt was worth something twice")
		}
		for _, err := range []error{
			func() error {
				_, err := l.TakeFirst(context.Background(), mine, []ratelimit.Counter{{Name: ratelimit.RequestIP, Key: "k"}})
				return err
			}(),
			l.GiveBack(context.Background(), mine, ratelimit.Counter{Name: ratelimit.FailedIP, Key: "k"}),
		} {
			if !errors.Is(err, ratelimit.ErrUnavailable) {
				t.Errorf("a receipt for a limit that is not exact: %v", err)
			}
		}
	})
}

// TestGivingBackKeepsTheLimitInAnySpan: whatever is taken and given back, late and twice and
// out of order, the takes that stand never are more than the rates allow in any span.
func TestGivingBackKeepsTheLimitInAnySpan(t *testing.T) {
	rates := ratelimit.Default()[ratelimit.SendAddress]
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		now := time.UnixMilli(1_700_000_000_000)
		l := open(t, ratelimit.Config{Table: ratelimit.Default(), Now: func() time.Time { return now }})
		stand, all := map[ratelimit.Receipt]int64{}, []ratelimit.Receipt{}
		for range 300 {
			now = now.Add(time.Duration(random.Int64N(int64(20 * time.Minute))))
			if len(all) > 0 && random.IntN(3) == 0 {
				r := all[random.IntN(len(all))]
				undo(t, l, r, mailbox)
				delete(stand, r)
				continue
			}
			r := ratelimit.NewReceipt()
			if takeFor(t, l, mailbox, r) {
				stand[r], all = now.UnixMilli(), append(all, r)
			}
		}
		var times []int64
		for _, at := range stand {
			times = append(times, at)
		}
		slices.Sort(times)
		for _, rate := range rates {
			for i := int(rate.Count); i < len(times); i++ {
				if times[i]-times[i-int(rate.Count)] < rate.Per.Milliseconds() {
					t.Fatalf("seed %d: %d takes stand within %v", seed, rate.Count+1, rate.Per)
				}
			}
		}
	}
}

// TestScriptsOfReceiptsFollowTheirSpecification: random histories on a real Redis, whose
// list is compared after every step.
func TestScriptsOfReceiptsFollowTheirSpecification(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	rates := []ratelimit.Rate{{Count: 2, Per: time.Minute}, {Count: 4, Per: 15 * time.Minute}, {Count: 7, Per: 24 * time.Hour}}
	l := open(t, ratelimit.Config{Client: client, Table: merged(ratelimit.Table{ratelimit.SendAddress: rates}), Prefix: "t:"})
	undo(t, l, ratelimit.NewReceipt(), mailbox)
	takeFor(t, l, mailbox, ratelimit.NewReceipt())
	key := client.Keys(t.Context(), "t:*").Val()[0]
	passed := map[bool]int{}
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 2))
		seedLog(t, client, key, random)
		for range 6 {
			before := listed(t, client, key)
			if random.IntN(2) == 0 {
				id := ratelimit.NewReceipt()
				if len(before) > 0 && random.IntN(4) > 0 {
					id = before[random.IntN(len(before))].ID()
				}
				undo(t, l, id, mailbox)
				if got, want := listed(t, client, key), ratelimit.Withdraw(before, id); !slices.Equal(got, want) {
					t.Fatalf("seed %d: given back, Redis holds %v, want %v", seed, got, want)
				}
				continue
			}
			id, early := ratelimit.NewReceipt(), clockOf(t, client)
			ok := takeFor(t, l, mailbox, id)
			after, at := listed(t, client, key), clockOf(t, client)
			passed[ok]++
			if ok {
				at = after[len(after)-1].At()
			}
			recent := slices.DeleteFunc(slices.Clone(before), func(b ratelimit.Taken) bool { return at-b.At() >= (24 * time.Hour).Milliseconds() })
			want, passes := ratelimit.Weigh(recent, rates, ratelimit.TakenAt(at, id))
			if at < early || ok != passes || !slices.Equal(after, want) {
				t.Fatalf("seed %d: a take passed %t, want %t; Redis holds %v, want %v", seed, ok, passes, after, want)
			}
		}
	}
	if passed[true] < 50 || passed[false] < 50 {
		t.Errorf("takes that passed and that did not: %v; the histories try nothing", passed)
	}
}

// seedLog writes a log of the past day whose edges are seconds away from any window's.
func seedLog(t *testing.T, client *redis.Client, key string, random *rand.Rand) {
	t.Helper()
	var ats []int64
	now := clockOf(t, client)
	for range random.IntN(8) {
		span := []time.Duration{time.Minute, 15 * time.Minute, 24 * time.Hour}[random.IntN(3)]
		edge := time.Duration(random.Int64N(int64(span))) + 30*time.Second
		if random.IntN(2) == 0 {
			edge = span + time.Minute // just over
		}
		ats = append(ats, now-edge.Milliseconds())
	}
	slices.Sort(ats)
	client.Del(t.Context(), key)
	for _, at := range ats {
		client.RPush(t.Context(), key, fmt.Sprintf("%d-%s", at, ratelimit.NewReceipt()))
	}
}

func clockOf(t *testing.T, client *redis.Client) int64 {
	t.Helper()
	now, err := client.Time(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return now.UnixMilli()
}

func listed(t *testing.T, client *redis.Client, key string) []ratelimit.Taken {
	t.Helper()
	raw, err := client.LRange(t.Context(), key, 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]ratelimit.Taken, len(raw))
	for i, text := range raw {
		ms, id, _ := strings.Cut(text, "-")
		at, err := strconv.ParseInt(ms, 10, 64)
		b, err2 := hex.DecodeString(id)
		if err != nil || err2 != nil || len(b) != 8 {
			t.Fatalf("Redis holds %q", text)
		}
		out[i] = ratelimit.TakenAt(at, ratelimit.Receipt(b))
	}
	return out
}

// TestALostTakeCanBeGivenBack: the reply to a take is lost, so that nobody knows whether it
// counts; given back, it does not. The reply to giving back is lost as well, and it is asked
// for again: nobody else's take goes.
func TestALostTakeCanBeGivenBack(t *testing.T) {
	direct, lossy, proxy := behindProxy(t)
	table := merged(ratelimit.Table{ratelimit.SendAddress: {{Count: 3, Per: time.Hour}}})
	sees := open(t, ratelimit.Config{Client: direct, Table: table, Prefix: "t:"})
	l := open(t, ratelimit.Config{Client: lossy, Table: table, Prefix: "t:"})
	first, r := ratelimit.NewReceipt(), ratelimit.NewReceipt()
	if !takeFor(t, l, mailbox, first) { // the script is known now
		t.Fatal("the first take did not pass")
	}
	proxy.CutOneReply("evalsha", 0)
	if _, err := l.TakeFirst(t.Context(), r, []ratelimit.Counter{mailbox}); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Fatalf("a take whose reply was lost: %v", err)
	}
	proxy.Restore()
	room := func() (n int) {
		for ; takeFor(t, sees, mailbox, ratelimit.NewReceipt()); n++ {
		}
		return n
	}
	if n := room(); n != 1 {
		t.Fatalf("room for %d of three after two: want the lost take counted", n)
	}
	undo(t, l, ratelimit.NewReceipt(), mailbox) // this script is known now as well
	proxy.CutOneReply("evalsha", 0)
	if err := l.GiveBack(t.Context(), r, mailbox); err == nil {
		t.Error("giving back succeeded without a reply")
	}
	proxy.Restore()
	undo(t, l, r, mailbox)
	if n := room(); n != 1 {
		t.Errorf("given back, there is room for %d takes, want one", n)
	}
}

// TestGivingBackUnderABurst: a hundred at once give the same take back while others take.
func TestGivingBackUnderABurst(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(ratelimit.Table{ratelimit.SendAddress: {{Count: 10, Per: time.Hour}}})
		r := ratelimit.NewReceipt()
		takeFor(t, l, mailbox, r)
		var got atomic.Int64
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { undo(t, l, r, mailbox) })
			all.Go(func() {
				if takeFor(t, l, mailbox, ratelimit.NewReceipt()) {
					got.Add(1)
				}
			})
		}
		all.Wait()
		for takeFor(t, l, mailbox, ratelimit.NewReceipt()) {
			got.Add(1)
		}
		if got.Load() != 10 {
			t.Errorf("%d takes stand, want 10", got.Load())
		}
	})
}
