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
	want[ratelimit.SendMailbox] = []ratelimit.Rate{
		{Count: 3, Per: time.Minute}, {Count: 9, Per: 15 * time.Minute}, {Count: 60, Per: 24 * time.Hour},
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
	for _, longest := range []string{"send-reserve=1/24h", "send-domain=60/1m+600/1h"} {
		if _, err := base.Override(longest); err != nil {
			t.Errorf("Override(%q): %v", longest, err)
		}
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
		{"request-ip=3/1s+3/1.0001s", "the durations 1s and 1.0001s are the same to the millisecond: keep one"},
		{"send-address=5000/24h", "at most 1000"},
		{"send-reserve=1/744h", "one long code a day: give 24h or less"},
		{"send-reserve=2/24h+3/24h1s", "one long code a day: give 24h or less"},
		{"send-reserve=0/24h", "between 1 and"},
		{"send-domain=5000/24h", "its owner gets none: give 1h or less"},
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

// TestMailboxFollowsAddress: whoever lets an address have more mails is not capped by a
// mailbox nobody spoke of, and one that is spoken of never caps what an address is promised.
func TestMailboxFollowsAddress(t *testing.T) {
	for _, c := range []struct {
		list string
		want []ratelimit.Rate // of a mailbox; nil: refused
	}{
		{"", []ratelimit.Rate{{Count: 3, Per: time.Minute}, {Count: 9, Per: 15 * time.Minute}, {Count: 18, Per: 24 * time.Hour}}},
		{"send-global=9/1h", []ratelimit.Rate{{Count: 3, Per: time.Minute}, {Count: 9, Per: 15 * time.Minute}, {Count: 18, Per: 24 * time.Hour}}},
		{"send-address=20/24h", []ratelimit.Rate{{Count: 60, Per: 24 * time.Hour}}},
		{"send-address=2/1m+20/24h", []ratelimit.Rate{{Count: 6, Per: time.Minute}, {Count: 60, Per: 24 * time.Hour}}},
		{"send-address=900/24h", []ratelimit.Rate{{Count: 1000, Per: 24 * time.Hour}}},
		{"send-mailbox=20/24h,send-address=20/24h", []ratelimit.Rate{{Count: 20, Per: 24 * time.Hour}}},
		{"send-address=20/24h,send-mailbox=19/24h", nil},
		{"send-mailbox=5/24h", nil}, // below the default of an address
		{"send-mailbox=6/24h", []ratelimit.Rate{{Count: 6, Per: 24 * time.Hour}}},              // as many
		{"send-mailbox=6/24h+2/15m", nil},                                                      // every rate counts
		{"send-mailbox=10/48h", nil},                                                           // an address may have twelve
		{"send-mailbox=12/48h", []ratelimit.Rate{{Count: 12, Per: 48 * time.Hour}}},            //
		{"send-address=2/24h,send-mailbox=2/1h", []ratelimit.Rate{{Count: 2, Per: time.Hour}}}, // all of a day at once
		{"send-address=2/24h,send-mailbox=1/1h", nil},                                          //
		{"send-address=1/1h,send-mailbox=3/2h+9/24h", nil},                                     // 24 a day
		{"send-address=1/1h+9/24h,send-mailbox=9/24h", []ratelimit.Rate{{Count: 9, Per: 24 * time.Hour}}},
	} {
		got, err := ratelimit.Default().Override(c.list)
		if c.want == nil {
			if err == nil || !strings.Contains(err.Error(), "send-mailbox") || !strings.Contains(err.Error(), "raise it, or leave it out") {
				t.Errorf("Override(%q): %v, %v; want to be told what to do", c.list, got[ratelimit.SendMailbox], err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got[ratelimit.SendMailbox]); err != nil || diff != "" {
			t.Errorf("Override(%q): %v %s", c.list, err, diff)
		}
	}
}

// TestAheadFollowsDomain: mails that go ahead are paced at a quarter of what a provider takes,
// whatever that is, unless somebody says how fast.
func TestAheadFollowsDomain(t *testing.T) {
	for list, want := range map[string]ratelimit.Rate{
		"":                                   {Count: 150, Per: time.Minute},
		"send-domain=20/3s":                  {Count: 5, Per: 3 * time.Second},
		"send-domain=2/1h":                   {Count: 1, Per: time.Hour},
		"send-ahead=7/1m,send-domain=100/1m": {Count: 7, Per: time.Minute},
	} {
		got, err := ratelimit.Default().Override(list)
		if diff := cmp.Diff([]ratelimit.Rate{want}, got[ratelimit.SendAhead]); err != nil || diff != "" {
			t.Errorf("Override(%q): %v %s", list, err, diff)
		}
	}
	if _, err := ratelimit.Default().Override("send-ahead=7/2h"); err == nil {
		t.Error("mails to listed people may wait for longer than they are kept")
	}
}

// Every limit of the default table can be written as an override and has a plain name.
func TestEveryNameCanBeOverridden(t *testing.T) {
	for _, n := range slices.Concat(ratelimit.Names(), ratelimit.DistinctNames()) {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(string(n)) {
			t.Errorf("limit %q has no plain name", n)
		}
		list := string(n) + "=7/30m"
		if n == ratelimit.SendMailbox {
			list = "send-address=7/30m," + list // or it would be less than an address is promised
		}
		got, err := ratelimit.Default().Override(list)
		if err != nil || !cmp.Equal(got[n], []ratelimit.Rate{{Count: 7, Per: 30 * time.Minute}}) {
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
