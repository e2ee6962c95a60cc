package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/ratelimit"
)

// TestLockout: from the eleventh wrong sign-in in a quarter of an hour on, from wherever they
// come, an account is refused without work, like a wrong password and with an alarm; so is
// one that there is not. Others are not, and it ends.
func TestLockout(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		c, other := d.enrol(t, "hanako", agent.RoleAgent), d.enrol(t, "ken", agent.RoleAgent)
		for _, name := range []string{"hanako", "nobody"} {
			before := d.alarms()
			for i := range 11 {
				from := netip.AddrFrom4([4]byte{10, 0, byte(i), 1})
				s, err := d.SignIn(t.Context(), from, name, "not this one", "000000")
				refused(t, fmt.Sprint(name, i), s, err)
			}
			if n := d.alarms() - before; n != 1 {
				t.Errorf("%s: %d alarms", name, n)
			}
		}
		s, err := d.SignIn(t.Context(), home, c.Name, c.Password, d.code(t, c, 0))
		refused(t, "the right password of a locked account", s, err)
		d.in(t, other, d.code(t, other, 0))
		var known, unknown int
		for _, e := range d.rows(t, audit.AgentSignIn) {
			switch {
			case e.Outcome == audit.Refused && e.Tag != nil:
				t.Errorf("a refused sign-in with a tag: %+v", e)
			case e.Outcome == audit.Refused && e.Actor.ID == "hanako":
				known++
			case e.Outcome == audit.Refused && e.Actor.ID == "unknown":
				unknown++
			}
		}
		if known != 10 || unknown != 10 {
			t.Errorf("rows of refusals: %d and %d, want 10 each", known, unknown)
		}
		if d.client == nil { // Redis's clock stands for itself
			d.clock.advance(15 * time.Minute)
			d.in(t, c, d.code(t, c, 0))
		}
	})
}

// TestRightOnesCostNothing: who signs in rightly, again and again, meets no limit, and who
// has failed nine times may still.
func TestRightOnesCostNothing(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	for range 9 {
		s, err := d.SignIn(t.Context(), home, c.Name, "not this one", "000000")
		refused(t, "wrong", s, err)
	}
	for range 12 {
		d.clock.advance(30 * time.Second)
		d.in(t, c, d.code(t, c, 0))
	}
}

// TestSpray: one password tried on a hundred accounts from one address stops at the address's
// limit; from as many addresses it is compared once for each, and nobody is locked out.
func TestSpray(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		c := d.enrol(t, "agent-7", agent.RoleAgent)
		var over int
		for i := range 100 {
			s, err := d.SignIn(t.Context(), home, fmt.Sprintf("agent-%d", i), "winter2023 winter", "000000")
			if exceeded := new(ratelimit.Exceeded); errors.As(err, &exceeded) && exceeded.Name == ratelimit.AgentIP && exceeded.RetryAfter > 0 {
				over++
				continue
			}
			refused(t, fmt.Sprint(i), s, err)
		}
		if over != 40 || d.alarms() != 40 {
			t.Errorf("%d were refused for their address, with %d alarms; want 40", over, d.alarms())
		}
		if d.client != nil {
			return // more would only take longer
		}
		for i := range 30 {
			s, err := d.SignIn(t.Context(), netip.AddrFrom4([4]byte{10, 9, byte(i), 1}), fmt.Sprintf("agent-%d", i), "winter2023 winter", "000000")
			refused(t, fmt.Sprint(i), s, err)
		}
		if s, err := d.SignIn(t.Context(), netip.MustParseAddr("10.8.0.1"), c.Name, c.Password, d.code(t, c, 0)); err != nil || s.Token == "" {
			t.Errorf("the owner: %v", err)
		}
	})
}

// TestAnAddressDoesNotLearnWhichAccountsAreTried: over its own limit it hears when that ends, and
// of an account that others have locked for longer the same.
func TestAnAddressDoesNotLearnWhichAccountsAreTried(t *testing.T) {
	d := newDesk(t, nil)
	wrong := func(from netip.Addr, name string) error {
		_, err := d.SignIn(t.Context(), from, name, "not this one", "000000")
		return err
	}
	for i := range 60 {
		refused(t, fmt.Sprint(i), agent.SignedIn{}, wrong(home, fmt.Sprintf("agent-%d", i)))
	}
	d.clock.advance(50 * time.Minute) // its limit ends in ten, an account's in fifteen
	for i := range 10 {
		refused(t, fmt.Sprint("others ", i), agent.SignedIn{}, wrong(netip.AddrFrom4([4]byte{10, 9, byte(i), 1}), "locked"))
	}
	for _, name := range []string{"locked", "free"} {
		over := new(ratelimit.Exceeded)
		if err := wrong(home, name); !errors.As(err, &over) || over.Name != ratelimit.AgentIP || over.RetryAfter != 10*time.Minute {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// book writes down what is asked of the stores and of the keys.
type book struct {
	agent.Roll
	agent.Recorder
	agent.AccountLimits
	agent.AccountKeys
	mu    sync.Mutex
	lines []string
}

func (b *book) note(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
}

func (b *book) Account(ctx context.Context, name string) (agent.Account, error) {
	b.note("read the account")
	return b.Roll.Account(ctx, name)
}

func (b *book) Change(ctx context.Context, e audit.Entry, name string, step agent.Step) (agent.Account, error) {
	b.note("change the account")
	return b.Roll.Change(ctx, e, name, step)
}

func (b *book) Append(ctx context.Context, entries ...audit.Entry) error {
	b.note("append a row")
	return b.Recorder.Append(ctx, entries...)
}

func (b *book) Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error) {
	b.note("borrow")
	return b.AccountLimits.Borrow(ctx, counters...)
}

func (b *book) Return(ctx context.Context, loan ratelimit.Loan) error {
	b.note("return")
	return b.AccountLimits.Return(ctx, loan)
}

func (b *book) AccountMACOf(key [4]byte, label string, parts ...[]byte) ([32]byte, bool) {
	b.note("compute for " + label) // one for each hash, which has the parameters of every other
	return b.AccountKeys.AccountMACOf(key, label, parts...)
}

func (b *book) OpenAccount(sealed, ad []byte) ([]byte, error) {
	b.note("open the secret")
	return b.AccountKeys.OpenAccount(sealed, ad)
}

// TestUnknownAccountsCostTheSame: whatever is wrong with a sign-in, the same is asked of the
// stores, in the same order, and the same is computed.
func TestUnknownAccountsCostTheSame(t *testing.T) {
	d := newDesk(t, nil)
	c, gone := d.enrol(t, "hanako", agent.RoleAgent), d.enrol(t, "ken", agent.RoleAgent)
	d.change(t, audit.AgentDisable, "ken", agent.Account.Disable)
	b := &book{Roll: d.roll, Recorder: d.db.Audit(d.keys), AccountLimits: d.limits, AccountKeys: d.keys}
	a := d.with(t, func(c *agent.AccountsConfig) { c.Roll, c.Log, c.Limits, c.Keys = b, b, b, b })
	var want []string
	for _, try := range []struct{ what, name, password, second string }{
		{"a wrong password", "hanako", "not this one", d.code(t, c, 0)},
		{"a wrong code", "hanako", c.Password, "000000"},
		{"no code", "hanako", c.Password, "x"},
		{"everything wrong", "hanako", "", ""},
		{"a disabled account", "ken", gone.Password, d.code(t, gone, 0)},
		{"an unknown account", "taro", c.Password, d.code(t, c, 0)},
		{"no name", "", "not this one", "000000"},
		{"nobody's name", "<script>", "not this one", "000000"},
		{"a long password", "hanako", strings.Repeat("x", 1<<20), "000000"},
	} {
		b.lines = nil
		s, err := a.SignIn(t.Context(), home, try.name, try.password, try.second)
		refused(t, try.what, s, err)
		if want == nil {
			want = slices.Clone(b.lines)
			if len(want) < 6 {
				t.Fatalf("too little was noted: %q", want)
			}
		}
		if diff := cmp.Diff(want, b.lines); diff != "" {
			t.Errorf("%s: %s", try.what, diff)
		}
	}
}
