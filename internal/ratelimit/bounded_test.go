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
	f.store.(*bounded).most = 3
	rates := []Rate{{Count: 2, Per: time.Hour}}
	take := func(key string) (tally, error) { return f.count(context.Background(), key, rates) }
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
