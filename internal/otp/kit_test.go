package otp_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/otp"
)

// pepper is the server's code key in these tests: HMAC over length-prefixed parts.
type pepper struct{}

func (pepper) CodeMAC(parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, []byte("a key of these tests, for nothing else"))
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// under is the MAC of the same digits under another key.
func under(key string, mac [32]byte) [32]byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(mac[:])
	return [32]byte(h.Sum(nil))
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func random16() (b [16]byte) { rand.Read(b[:]); return b }
func random32() (b [32]byte) { rand.Read(b[:]); return b }

// dial returns a client as the server makes it: no retries, deadlines from contexts.
func dial(tb testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, PoolSize: 50, PoolTimeout: 10 * time.Second,
	})
	tb.Cleanup(func() { c.Close() })
	return c
}

// epoch is when every story begins.
var epoch = time.UnixMilli(1_690_000_000_000)

// world is one store with a clock that the test moves.
type world struct {
	otp.Store
	tb   reporter
	now  time.Time
	back func(time.Time) // tells the store the time
	lose func(tag breach.Tag, p otp.Purpose)

	mu sync.Mutex
}

// reporter is what a test or a random history reports to.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// worlds runs a story on both stores.
func worlds(t *testing.T, story func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) {
		w := &world{tb: t, now: epoch}
		m := otp.NewMemory(otp.Config{Now: func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }})
		w.Store, w.back, w.lose = m, func(time.Time) {}, m.Lose
		story(t, w)
	})
	t.Run("redis", func(t *testing.T) {
		story(t, redisWorld(t, live.NewRedis(t)))
	})
}

func redisWorld(t testing.TB, server *live.RedisServer) *world {
	client := dial(t, server.Addr())
	r := otp.NewRedisOnClock(client, otp.Config{Prefix: "t:"})
	w := &world{tb: t, Store: r, now: epoch}
	w.back = func(now time.Time) {
		if err := client.Set(context.Background(), otp.ClockKey, now.UnixMilli(), 0).Err(); err != nil {
			t.Fatalf("setting the clock: %v", err)
		}
	}
	w.lose = func(tag breach.Tag, p otp.Purpose) {
		if err := client.Del(context.Background(), r.Key(tag, p)).Err(); err != nil {
			t.Fatalf("losing a state: %v", err)
		}
	}
	w.back(w.now)
	return w
}

// dump is what the store keeps of a person, as JSON.
func (w *world) dump(p *person, purpose otp.Purpose) string {
	w.tb.Helper()
	switch s := w.Store.(type) {
	case *otp.Memory:
		return s.State(p.tag, purpose, w.now.UnixMilli())
	case *otp.Redis:
		text, err := s.State(context.Background(), p.tag, purpose, w.now.UnixMilli())
		if err != nil {
			w.tb.Fatalf("reading a state: %v", err)
		}
		return text
	}
	return ""
}

// plant replaces what the store keeps of a person.
func (w *world) plant(p *person, purpose otp.Purpose, state string) {
	w.tb.Helper()
	var err error
	switch s := w.Store.(type) {
	case *otp.Memory:
		err = s.Plant(p.tag, purpose, state)
	case *otp.Redis:
		err = s.Plant(context.Background(), p.tag, purpose, state)
	}
	if err != nil {
		w.tb.Fatalf("planting a state: %v", err)
	}
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.back(w.now)
}

// person is an address with what its owner and the audit table know.
type person struct {
	w       *world
	tag     breach.Tag
	past    map[otp.Purpose][]otp.Past // as the audit table remembers
	slots   int
	mailbox []mail
}

// mail is what arrived in the mailbox: the digits, and where they belong.
type mail struct {
	otp.Issued
	digits string
	visit  *visit
}

// visit is one verification: a browser or a call.
type visit struct {
	p       *person
	purpose otp.Purpose
	nonce   [16]byte
	secret  [32]byte
}

func (w *world) person() *person {
	return &person{w: w, tag: random32(), past: map[otp.Purpose][]otp.Past{}}
}

func (p *person) visit(purpose otp.Purpose) *visit {
	return &visit{p: p, purpose: purpose, nonce: random16(), secret: random32()}
}

func (v *visit) mac(digits string) ([32]byte, otp.Form) {
	switch {
	case len(digits) == 20:
		return otp.LongMAC(pepper{}, v.purpose, v.p.tag, digits), otp.Long
	case v.purpose == otp.Phone:
		return otp.PhoneMAC(pepper{}, v.p.tag, digits), otp.Short
	default:
		return otp.ShortMAC(pepper{}, v.purpose, v.nonce, v.secret, digits), otp.Short
	}
}

// draft is what the worker would ask the store for: fresh codes in a slot.
func (v *visit) draft(slot string, want bool) (otp.Issue, string, string) {
	short, err := otp.DrawShort(8)
	if err != nil {
		v.p.w.tb.Fatal(err)
	}
	long, err := otp.DrawLong()
	if err != nil {
		v.p.w.tb.Fatal(err)
	}
	i := otp.Issue{Slot: slot, Tag: v.p.tag, Purpose: v.purpose, Nonce: v.nonce, WantLong: want, Past: v.p.past[v.purpose]}
	i.ShortMAC, _ = v.mac(short)
	i.LongMAC, _ = v.mac(long)
	return i, short, long
}

// mail asks for a code and puts it into the mailbox.
func (v *visit) mail() mail {
	v.p.slots++
	return v.mailIn(fmt.Sprintf("%d-0", v.p.slots), false)
}

func (v *visit) mailLong() mail {
	v.p.slots++
	return v.mailIn(fmt.Sprintf("%d-0", v.p.slots), true)
}

func (v *visit) mailIn(slot string, want bool) mail {
	v.p.w.tb.Helper()
	i, short, long := v.draft(slot, want)
	got, err := v.p.w.Issue(context.Background(), i)
	if err != nil {
		v.p.w.tb.Fatalf("issuing: %v", err)
	}
	m := mail{Issued: got, digits: short, visit: v}
	if got.Form == otp.Long {
		m.digits = long
	}
	if !got.None {
		v.p.mailbox = append(v.p.mailbox, m)
	}
	return m
}

// attempt is one guess with everything the audit table knows.
func (v *visit) attempt(digits string) otp.Attempt {
	a := otp.Attempt{ID: random16(), Tag: v.p.tag, Purpose: v.purpose, Nonce: v.nonce, Past: v.p.past[v.purpose]}
	mac, form := v.mac(digits)
	a.Form = form
	// Under a key made since, under the one the code was mailed under, under an earlier one.
	a.MACs = [][32]byte{under("newer", mac), mac, under("older", mac)}
	return a
}

// try sends a guess and lets the audit table remember it.
func (v *visit) try(digits string) otp.Verdict {
	v.p.w.tb.Helper()
	a := v.attempt(digits)
	got, err := v.p.w.Redeem(context.Background(), a)
	if err != nil {
		v.p.w.tb.Fatalf("redeeming: %v", err)
	}
	v.p.record(a, got)
	return got
}

func (p *person) record(a otp.Attempt, v otp.Verdict) {
	if v.Evaluated {
		one := otp.Past{Attempt: a.ID, At: p.w.now, Accepted: v.Accepted, Form: a.Form}
		if v.Accepted {
			one.Attempt = v.Used
		}
		p.past[a.Purpose] = append(p.past[a.Purpose], one)
	}
}

// want fails the test unless a guess was judged for this reason.
func (v *visit) want(digits string, reason otp.Reason) otp.Verdict {
	v.p.w.tb.Helper()
	got := v.try(digits)
	if got.Reason != reason {
		v.p.w.tb.Errorf("got %q, want %q", got.Reason, reason)
	}
	return got
}

// fail burns n evaluated failures of the person's budget, in verifications of its own.
func (p *person) fail(purpose otp.Purpose, n int) {
	p.w.tb.Helper()
	for n > 0 {
		v := p.visit(purpose)
		if m := v.mail(); m.Form != otp.Short {
			p.w.tb.Fatalf("a mail carries %+v, want a short code", m.Issued)
		}
		for range min(n, 5) {
			v.want(wrong(v), otp.Wrong)
			n--
		}
		p.w.advance(24 * time.Hour) // so that the next mail is the first of its day
	}
}

// wrong is a short code that is in no mail of the visit.
func wrong(v *visit) string {
	for n := 10_000_000; ; n++ {
		digits := strconv.Itoa(n)
		used := false
		for _, m := range v.p.mailbox {
			used = used || m.digits == digits
		}
		if !used {
			return digits
		}
	}
}
