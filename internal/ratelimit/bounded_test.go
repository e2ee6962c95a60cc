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
	if most := f.store.(*bounded).most; most != 250_000 {
		t.Errorf("a span begins %d counters, want 250,000: two spans are half a million, about 100 MB", most)
	}
	f.store.(*bounded).most = 3
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

// TestEveryKindInMemoryIsBounded: the other kinds keep half a million keys and no more.
func TestEveryKindInMemoryIsBounded(t *testing.T) {
	const most = 500_000
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	logs, windows := newExactMemory(clock), newWindowMemory(clock)
	for i := range most {
		logs.logs[strconv.Itoa(i)] = log{expires: now.Add(time.Hour).UnixMilli()}
		windows.counts[strconv.Itoa(i)] = counted{expires: now.Add(time.Hour).UnixMilli()}
	}
	rates := []Rate{{Count: 2, Per: time.Hour}}
	takes := map[string]func(string) error{
		"exact":      func(key string) error { _, err := logs.take(t.Context(), key, rates, NewReceipt()); return err },
		"returnable": func(key string) error { _, _, err := windows.borrow(t.Context(), []ask{{key, rates}}); return err },
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
	if store.begun != 6 || len(windows.counts) != 6 {
		t.Errorf("%d and %d counters, want one for the site and 5 for who passed", store.begun, len(windows.counts))
	}
	store.most = 7
	two := []ask{{"request-ip:t:1", table[RequestIP]}, {"request-site:t", table[RequestSite]}}
	if _, err := (fixed{store}).count(t.Context(), two); !errors.Is(err, errFull) {
		t.Errorf("two counters with room for one: %v, want errFull", err)
	}
	if _, err := (fixed{store}).count(t.Context(), two[:1]); err != nil {
		t.Errorf("one of them: %v", err)
	}
}
