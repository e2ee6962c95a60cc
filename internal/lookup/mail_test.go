package lookup_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
)

var (
	errNotQueued = fmt.Errorf("down: %w", otp.ErrNotQueued)
	anAddress    = "take " + string(ratelimit.SendAddress)
	aReserve     = "take " + string(ratelimit.SendReserve)
	aMailbox     = "take " + string(ratelimit.SendMailbox)
)

// spent are those faults once strangers have spent the budget of everybody.
func spent(faults map[string]error) map[string]error {
	all := map[string]error{"borrow send-global": over(ratelimit.SendGlobal)}
	maps.Copy(all, faults)
	return all
}

func over(name ratelimit.Name) error { return &ratelimit.Exceeded{Name: name} }

// mails are the calls about mails, in their order; of the two by which all is given back at
// once, return is the first.
func (w *world) mails() string {
	var out []string
	for _, c := range w.calls {
		if c == "room" || c == "enqueue" || c == "return" || c == "give back" || strings.Contains(c, "send-") {
			out = append(out, c)
		}
	}
	return strings.Replace(strings.Join(out, ", "), "give back, return", "return, give back", 1)
}

// TestWhatIsNotQueuedIsNotPaid: whatever keeps a mail from the queue, all that was charged
// for it is given back, but where nobody knows whether it is queued.
func TestWhatIsNotQueuedIsNotPaid(t *testing.T) {
	const charged, back = "room, borrow send-global, take send-address, take send-mailbox", ", return, give back"
	exhausted := map[string]error{anAddress: over(ratelimit.SendAddress), aReserve: over(ratelimit.SendReserve)}
	for _, c := range []struct {
		name    string
		address string // hanako@example.jp if empty
		faults  map[string]error
		hangs   string
		want    error
		did     string
	}{
		{name: "nothing fails", did: charged + ", enqueue"},
		{name: "full", faults: map[string]error{"room": otp.ErrOutboxFull}, want: lookup.ErrNoMail, did: "enqueue"},
		{name: "out of reach", faults: map[string]error{"room": errDown}, want: lookup.ErrUnavailable},
		{name: "the budget is spent", faults: spent(nil), want: lookup.ErrNoMail, did: "room, enqueue"},
		{name: "the budget and all else is spent", faults: spent(exhausted), want: lookup.ErrNoMail, did: "room, enqueue"},
		{name: "the budget is spent and the outbox full meanwhile", faults: spent(map[string]error{"enqueue": otp.ErrOutboxFull}), want: lookup.ErrNoMail, did: "room"},
		{name: "the budget cannot be counted", faults: map[string]error{"borrow send-global": errDown}, want: lookup.ErrUnavailable, did: "room"},
		{name: "full meanwhile", faults: map[string]error{"enqueue": otp.ErrOutboxFull}, want: lookup.ErrNoMail, did: charged + back},
		{name: "certainly not queued", faults: map[string]error{"enqueue": errNotQueued}, want: lookup.ErrUnavailable, did: charged + back},
		{name: "perhaps queued", faults: map[string]error{"enqueue": errDown}, want: lookup.ErrUnavailable, did: charged},
		{name: "the outbox hangs", hangs: "enqueue", want: lookup.ErrUnavailable, did: charged},
		{name: "the address cannot be counted", faults: map[string]error{anAddress: errDown}, want: lookup.ErrUnavailable, did: "room, borrow send-global" + back},
		{name: "the mailbox cannot be counted", faults: map[string]error{aMailbox: errDown}, want: lookup.ErrUnavailable,
			did: "room, borrow send-global, take send-address" + back},
		{name: "the reserve is not queued", faults: map[string]error{anAddress: over(ratelimit.SendAddress), "enqueue": errNotQueued}, want: lookup.ErrUnavailable,
			did: "room, borrow send-global, take send-reserve, take send-mailbox" + back},
		{name: "the mailbox is used up", faults: map[string]error{aMailbox: over(ratelimit.SendMailbox)},
			did: "room, borrow send-global, take send-address, take send-reserve, enqueue"},
		{name: "the address and the mailbox are used up", faults: map[string]error{anAddress: over(ratelimit.SendAddress), aMailbox: over(ratelimit.SendMailbox)},
			did: "room, borrow send-global, take send-reserve, enqueue"},
		{name: "the mailbox of a tag is used up", address: "hanako+shop@example.jp", faults: map[string]error{aMailbox: over(ratelimit.SendMailbox)},
			did: "room, borrow send-global, take send-address, take send-reserve, enqueue"},
		{name: "a tag", address: "hanako+shop@example.jp", did: "room, borrow send-global, take send-mailbox, take send-address, enqueue"},
		{name: "all of a tag is used up", address: "hanako+shop@example.jp", faults: exhausted, did: "room, borrow send-global, take send-mailbox, give back"},
		{name: "all is used up", faults: exhausted, did: "room, borrow send-global, give back"},
		{name: "all is used up and Redis leaves before that is given back", want: lookup.ErrUnavailable, did: "room, borrow send-global",
			faults: map[string]error{anAddress: over(ratelimit.SendAddress), aReserve: over(ratelimit.SendReserve), "give back": errDown}},
		{name: "the mailbox and the reserve are used up", faults: map[string]error{aMailbox: over(ratelimit.SendMailbox), aReserve: over(ratelimit.SendReserve)},
			did: "room, borrow send-global, give back"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{faults: c.faults, hangs: map[string]bool{c.hangs: true}}
				s, begun := w.service(t), time.Now()
				if _, err := s.Start(t.Context(), client, cmp.Or(c.address, "hanako@example.jp")); !errors.Is(err, c.want) {
					t.Errorf("answered %v, want %v", err, c.want)
				}
				if got := w.mails(); got != c.did {
					t.Errorf("it did %s\nwant   %s", got, c.did)
				}
				if waited := time.Since(begun); waited > 8*time.Second {
					t.Errorf("an answer after %v", waited)
				}
			})
		})
	}
}

// TestAFullOutboxTellsEverybodyAlike: while the outbox takes nothing, nobody is promised a
// mail, whatever their address is owed; and everybody is as soon as it does.
func TestAFullOutboxTellsEverybodyAlike(t *testing.T) {
	for trouble, want := range map[error]error{otp.ErrOutboxFull: lookup.ErrNoMail, errDown: lookup.ErrUnavailable} {
		w := &world{faults: map[string]error{"room": trouble, "enqueue": trouble}}
		s := w.service(t)
		for _, used := range []bool{false, true} {
			if used {
				w.faults[anAddress], w.faults[aReserve] = over(ratelimit.SendAddress), over(ratelimit.SendReserve)
			}
			if _, err := s.Start(t.Context(), client, "hanako@example.jp"); !errors.Is(err, want) {
				t.Errorf("%v, exhausted %t: %v", trouble, used, err)
			}
		}
		clear(w.faults)
		if _, err := s.Start(t.Context(), client, "hanako@example.jp"); err != nil {
			t.Errorf("after the outbox is back: %v", err)
		}
	}
}

// TestHangingUpPaysForNoMail: a client that hangs up in any moment is either charged nothing
// or mailed. Nobody else is turned away for it.
func TestHangingUpPaysForNoMail(t *testing.T) {
	moments := []string{"room", "borrow send-global", anAddress, aMailbox, "enqueue"}
	for _, moment := range append(moments, "return") {
		t.Run(moment, func(t *testing.T) {
			w := &world{}
			ctx, hangUp := context.WithCancel(t.Context())
			w.before = func(call string) {
				if call == moment {
					hangUp()
				}
			}
			if moment == "return" {
				w.faults = map[string]error{"enqueue": errNotQueued}
			}
			s := w.service(t)
			_, _ = s.Start(ctx, client, "gone@example.jp")
			charged, back := w.did(anAddress), w.did("give back")
			if mailed := w.did("enqueue"); charged && mailed == back || !charged && mailed {
				t.Errorf("it did %s", w.mails())
			}
			if charged == slices.Contains(moments[:1], moment) {
				t.Errorf("charged %t", charged)
			}
			w.faults = nil
			if _, err := s.Start(t.Context(), client, "next@example.jp"); err != nil {
				t.Errorf("the next customer: %v", err)
			}
		})
	}
}
