package reset_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

// noted keeps what it is given, or fails.
type noted struct {
	err error
	all []reset.Kit
}

func (n *noted) NoteKit(_ context.Context, k reset.Kit) error {
	n.all = append(n.all, k)
	return n.err
}

// TestReportsThatCannotBeKept change nothing of any member, and one that is repeated later
// does it all.
func TestReportsThatCannotBeKept(t *testing.T) {
	g := newShopRig(t, nil, "1001")
	disk := errors.New("the disk is full")
	notes := &noted{err: disk}
	kits := reset.NewKits(g.store, notes, g.keys.PasswordFingerprint, g.now)
	r, err := g.store.Get(t.Context(), "1001")
	if err != nil {
		t.Fatal(err)
	}
	g.at(time.Minute)
	report := reset.KitReport{Kit: reset.Kit{Client: "somebody else", Version: "1", On: true}, Barred: []reset.KitBarred{{MemberID: "1001", Since: r.Since.Truncate(time.Second)}}}
	if err := kits.Report(t.Context(), "kit", report); !errors.Is(err, disk) {
		t.Errorf("a report that cannot be kept: %v", err)
	}
	if r, err = g.store.Get(t.Context(), "1001"); err != nil || !r.Barred.IsZero() {
		t.Errorf("it changed a member: %+v %v", r, err)
	}
	notes.err = nil
	if err := kits.Report(t.Context(), "kit", report); err != nil {
		t.Fatal(err)
	}
	if r, err = g.store.Get(t.Context(), "1001"); err != nil || !r.Barred.Equal(g.now()) {
		t.Errorf("repeated: %+v %v", r, err)
	}
	if k := notes.all[1]; k.Client != "kit" || !k.At.Equal(g.now()) {
		t.Errorf("it was kept as %+v", k)
	}
	g.store.Distrust(breach.ErrUnproven)
	if err := kits.Report(t.Context(), "kit", report); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("what cannot be proven: %v", err)
	}
}

// TestStanding: the kit that counts is one that works, else one that watches, else the one
// heard of last.
func TestStanding(t *testing.T) {
	old, young := start.Add(-reset.KitSilence-time.Second), start.Add(-reset.KitSilence)
	works, watches := reset.Kit{Client: "works", At: young, On: true}, reset.Kit{Client: "watches", At: start}
	silent, ahead := reset.Kit{Client: "silent", At: old, On: true}, reset.Kit{Client: "ahead", At: start.Add(time.Hour), On: true}
	for _, c := range []struct {
		kits []reset.Kit
		who  string
		want reset.KitStanding
		says string
	}{
		{nil, "", reset.KitNever, "none has reported yet"},
		{[]reset.Kit{silent}, "silent", reset.KitSilent, `"silent" last reported at 2023-07-25 08:49 UTC`},
		{[]reset.Kit{ahead, silent}, "ahead", reset.KitSilent, `"ahead" last reported`},
		{[]reset.Kit{watches, silent}, "watches", reset.KitWatches, `"watches" only watches`},
		{[]reset.Kit{ahead, watches, works, silent}, "works", reset.KitWorks, ""},
	} {
		kit, got := reset.Standing(c.kits, start)
		err := reset.KitWorking(c.kits, start)
		if kit.Client != c.who || got != c.want {
			t.Errorf("%v: %s of %q, want %s of %q", c.kits, got, kit.Client, c.want, c.who)
		}
		if (err == nil) != (c.says == "") || err != nil && (!errors.Is(err, reset.ErrNoKit) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%v: %v, want %q", c.kits, err, c.says)
		}
	}
}
