package ratelimit_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/ratelimit"
)

func TestOverride(t *testing.T) {
	got, err := ratelimit.Default().Override(" request-ip=120/1h, send-address=1/1m+3/15m+20/24h ")
	if err != nil {
		t.Fatal(err)
	}
	want := ratelimit.Default()
	want[ratelimit.RequestIP] = []ratelimit.Rate{{Count: 120, Per: time.Hour}}
	want[ratelimit.SendAddress] = []ratelimit.Rate{
		{Count: 1, Per: time.Minute}, {Count: 3, Per: 15 * time.Minute}, {Count: 20, Per: 24 * time.Hour},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table differs: %s", diff)
	}
	base := ratelimit.Default()
	if _, err := base.Override("request-ip=1/1s"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ratelimit.Default(), base); diff != "" {
		t.Errorf("the table itself was changed: %s", diff)
	}
	for _, none := range []string{"", "  "} {
		if got, err := base.Override(none); err != nil || !cmp.Equal(got, base) {
			t.Errorf("Override(%q) = %v, %v", none, got, err)
		}
	}
}

func TestOverrideErrorsNameTheEntry(t *testing.T) {
	for _, c := range []struct{ entry, says string }{
		{"request-ip", "want name=count/duration"},
		{"", "want name=count/duration"},
		{"request=5/1m", `there is no limit "request"`},
		{"REQUEST-IP=5/1m", `there is no limit "REQUEST-IP"`},
		{"request-ip=5", "want count/duration"},
		{"request-ip=", "want count/duration"},
		{"request-ip=five/1m", "not a number"},
		{"request-ip=5.5/1m", "not a number"},
		{"request-ip=5/minute", "the duration is not one like"},
		{"request-ip=5/60", "the duration is not one like"},
		{"request-ip=0/1m", "between 1 and"},
		{"request-ip=-1/1m", "between 1 and"},
		{"request-ip=9999999999999/1m", "between 1 and"},
		{"request-ip=5/10ms", "between 1 s and 31 days"},
		{"request-ip=5/-1h", "between 1 s and 31 days"},
		{"request-ip=5/800h", "between 1 s and 31 days"},
		{"request-ip=5/1h+6/60m", "given twice"},
		{"request-ip=5/1h+", "want count/duration"},
		{"send-address=5000/24h", "at most 1000"},
		{"failed-net=1/1h", "given twice"},
	} {
		list := "failed-net=7/1h," + c.entry
		table, err := ratelimit.Default().Override(list)
		if err == nil || table != nil {
			t.Errorf("Override(%q) was accepted", list)
			continue
		}
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), `"`+c.entry+`"`) {
			t.Errorf("Override(%q): %q; want it to name the entry and say %q", list, err, c.says)
		}
	}
}

// Every limit of the default table can be written as an override and has a plain name.
func TestEveryNameCanBeOverridden(t *testing.T) {
	for _, n := range slices.Concat(ratelimit.Names(), ratelimit.DistinctNames()) {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(string(n)) {
			t.Errorf("limit %q has no plain name", n)
		}
		got, err := ratelimit.Default().Override(string(n) + "=7/2h")
		if err != nil || !cmp.Equal(got[n], []ratelimit.Rate{{Count: 7, Per: 2 * time.Hour}}) {
			t.Errorf("limit %s: %v, %v", n, got[n], err)
		}
	}
}

func FuzzOverride(f *testing.F) {
	for _, s := range []string{"request-ip=120/1h", "send-address=1/1m+3/15m,send-global=5/1s", "=/", ",", "request-ip=1/1h1m1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		table, err := ratelimit.Default().Override(s)
		if err != nil {
			return
		}
		if _, err := ratelimit.New(ratelimit.Config{Table: table}); err != nil {
			t.Fatalf("Override(%q) gives a table that New refuses: %v", s, err)
		}
	})
}
