package ratelimit

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"
)

// TestFixedWindowsInMemoryAreBounded: keys beyond the bound are refused as a limit that
// cannot be checked; those that are counted already go on, and the next span has room.
func TestFixedWindowsInMemoryAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := newFixedMemory(time.Hour, func() time.Time { return now })
	if most, want := f.store.(*bounded).most, (rooms{spare: 75_000, own: 125_000}); most != want {
		t.Errorf("a span begins %+v, want %+v: two spans are 400,000, about 110 MB", most, want)
	}
	f.store.(*bounded).most.own = 3
	rates := []Rate{{Count: 2, Per: time.Hour}}
	take := func(key string) (tally, error) {
		got, err := f.count(context.Background(), []ask{{"limit:" + key, rates}})
		return append(got, tally{})[0], err
	}
	for i := range 3 {
		if _, err := take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := take("one too many"); !errors.Is(err, errFull) {
		t.Errorf("a key beyond the bound: %v, want errFull", err)
	}
	if got, err := take("1"); err != nil || got.over {
		t.Errorf("a known key: %+v, %v", got, err)
	}
	if got, err := take("1"); err != nil || !got.over {
		t.Errorf("a known key over its limit: %+v, %v", got, err)
	}
	now = now.Add(time.Hour)
	if _, err := take("one too many"); err != nil {
		t.Errorf("in the next span: %v", err)
	}
}

// TestEveryKindInMemoryIsBounded: the other kinds keep half a million keys and no more, or
// those that can be given back 250,000 that are not spare.
func TestEveryKindInMemoryIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	rates := []Rate{{Count: 2, Per: time.Hour}}
	logs, windows := newExactMemory(clock), newWindowMemory(clock)
	takes := map[string]func(string) error{
		"exact": func(key string) error {
			_, err := logs.take(t.Context(), []ask{{key, rates}}, [][]int{{0}}, NewReceipt())
			return err
		},
		"returnable": func(key string) error { _, _, err := windows.borrow(t.Context(), []ask{{key, rates}}); return err },
	}
	for kind, most := range map[string]int{"exact": 500_000, "returnable": 250_000} {
		for i := range most {
			if err := takes[kind](strconv.Itoa(i)); err != nil {
				t.Fatalf("%s, key %d: %v", kind, i, err)
			}
		}
	}
	for kind, take := range takes {
		if err := take("one too many"); !errors.Is(err, errFull) {
			t.Errorf("%s: a key beyond the bound: %v, want errFull", kind, err)
		}
		if err := take("1"); err != nil {
			t.Errorf("%s: a known key: %v", kind, err)
		}
	}
	now = now.Add(time.Hour)
	for kind, take := range takes {
		if err := take("one too many"); err != nil {
			t.Errorf("%s: once the others are over: %v", kind, err)
		}
	}
}

// TestAFullRoomIsSwept: counters that are over make room in either room although the other one
// is empty, however many there were when they were last swept.
func TestAFullRoomIsSwept(t *testing.T) {
	rates := []Rate{{Count: 2, Per: time.Hour}}
	for sort, asks := range map[string]func(i string) []ask{
		"own": func(i string) []ask { return []ask{{"failed-net:" + i, rates}} },
		"spare": func(i string) []ask {
			return []ask{{"failed-ip:n:" + i, rates}, {"failed-net:n", []Rate{{9999, time.Hour}}}}
		},
	} {
		now := time.Unix(1_800_000_000, 0)
		m := newWindowMemory(func() time.Time { return now })
		m.most = rooms{spare: 1_200, own: 1_200}
		fill := func(from, to int) {
			for i := from; i < to; i++ {
				if _, _, err := m.borrow(t.Context(), asks(strconv.Itoa(i))); err != nil {
					t.Fatalf("%s, %d: %v", sort, i, err)
				}
			}
		}
		fill(0, 1_100)
		now = now.Add(sweepEvery)
		fill(1_100, 1_200)
		now = now.Add(time.Hour)
		if _, receipts, err := m.borrow(t.Context(), asks("new")); err != nil || receipts[0].ends == nil {
			t.Errorf("%s: %+v, %v; want it counted, since all others are over", sort, receipts, err)
		}
	}
}

// TestFixedSpanCoversEveryCounter: an override that counts longer keeps its keys longer.
func TestFixedSpanCoversEveryCounter(t *testing.T) {
	table, err := Default().Override("request-net=10/48h,send-address=1/72h,failed-ip=1/96h")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := table.fixedSpan(), 48*time.Hour+cleanEvery; got != want {
		t.Errorf("fixedSpan = %s, want %s", got, want)
	}
}

// TestWhoIsRefusedTakesNoMemory: of takes that go together, one that is refused, by a limit or
// for want of room, begins no counter; and room is for all of them or none.
func TestWhoIsRefusedTakesNoMemory(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	table := Table{RequestIP: {{Count: 9, Per: time.Hour}}, RequestSite: {{Count: 5, Per: time.Hour}}}
	store := newFixedMemory(time.Hour, clock).store.(*bounded)
	windows := newWindowMemory(clock)
	for i := range 1000 {
		asks := []ask{{"request-ip:s:" + strconv.Itoa(i), table[RequestIP]}, {"request-site:s", table[RequestSite]}}
		got, err := fixed{store}.count(t.Context(), asks)
		if err != nil || got[1].over != (i >= 5) || got[0].over {
			t.Fatalf("take %d: %+v, %v", i, got, err)
		}
		lent, _, err := windows.borrow(t.Context(), asks)
		if err != nil || lent[1].over != (i >= 5) || lent[0].over {
			t.Fatalf("loan %d: %+v, %v", i, lent, err)
		}
	}
	want := rooms{spare: 5, own: 1}
	if store.begun != want || windows.used != want || len(windows.counts) != 6 {
		t.Errorf("%+v and %+v counters, want one for the site and 5 for who passed", store.begun, windows.used)
	}
	store.most, windows.most = rooms{spare: 9, own: 2}, rooms{spare: 9, own: 2}
	two := []ask{{"request-site:t", table[RequestSite]}, {"request-site:u", table[RequestSite]}}
	if _, err := (fixed{store}).count(t.Context(), two); !errors.Is(err, errFull) || store.begun != want {
		t.Errorf("two counters with room for one: %v, %+v; want errFull", err, store.begun)
	}
	if _, _, err := windows.borrow(t.Context(), two); !errors.Is(err, errFull) || windows.used != want {
		t.Errorf("two loans with room for one: %v, %+v; want errFull", err, windows.used)
	}
	if _, err := (fixed{store}).count(t.Context(), two[:1]); err != nil {
		t.Errorf("one of them: %v", err)
	}
}
