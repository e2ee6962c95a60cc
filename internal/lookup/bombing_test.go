package lookup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/vault"
)

// TestNoHistoryBombsAMailbox: whatever the mail server does to the mails of an address, and
// whenever the worker is ended, those that came never are more than the limits allow, by when
// they were asked for. And nobody is kept out by mails that never left: while the mails of a
// day that may have come are fewer than its limit, the next one comes.
func TestNoHistoryBombsAMailbox(t *testing.T) {
	back := 0
	for seed := range uint64(20) {
		limits, err := ratelimit.New(ratelimit.Config{Table: ratelimit.Default()}) // keeps a goroutine
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			h := newMailHistory(t, seed, limits)
			for range 100 {
				h.step()
			}
			h.keptIn()
			h.bounded()
			h.stop()
			back += h.back
		})
	}
	if back < 50 {
		t.Errorf("only %d mails were given back in all histories", back)
	}
}

// mailHistory is one address, the mails that are asked for it, and a mail server with moods.
type mailHistory struct {
	*testing.T
	r       *rand.Rand
	service *lookup.Service
	queue   *numbered
	codes   *otp.Memory
	stop    func() // the worker

	mu   sync.Mutex
	mood int
	slot string
	came map[string]bool // by slot: mails in the mailbox,
	lost map[string]bool // and those that never came but may have
	back int
}

// numbered is an outbox that remembers when its mails were asked for, in their order: that is
// what slots are numbered by.
type numbered struct {
	*mailer.MemoryOutbox
	asked []time.Time
}

func (n *numbered) Enqueue(ctx context.Context, m otp.MailRequest) error {
	n.asked = append(n.asked, m.RequestedAt)
	return n.MemoryOutbox.Enqueue(ctx, m)
}

// Issue remembers whose mail leaves next: the worker mails one at a time.
func (h *mailHistory) Issue(ctx context.Context, i otp.Issue) (otp.Issued, error) {
	h.mu.Lock()
	h.slot = i.Slot
	h.mu.Unlock()
	return h.codes.Issue(ctx, i)
}

func (h *mailHistory) Withdraw(ctx context.Context, tag breach.Tag, p otp.Purpose, slot string) error {
	return h.codes.Withdraw(ctx, tag, p, slot)
}

// Send is the mail server in one of its moods.
func (h *mailHistory) Send(context.Context, mailer.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.mood {
	case 0:
		h.came[h.slot] = true
		return nil
	case 1: // takes it, and is not heard
		h.came[h.slot] = true
		return &mailer.TemporaryError{Step: mailer.StepAccept, MaybeAccepted: true}
	case 2: // does not take it, and is not heard
		h.lost[h.slot] = true
		return &mailer.TemporaryError{Step: mailer.StepAccept, MaybeAccepted: true}
	case 3:
		h.lost[h.slot] = true
		return &mailer.PermanentError{Step: mailer.StepRecipient, Code: 550}
	default:
		return &mailer.TemporaryError{Step: mailer.StepConnect}
	}
}

func newMailHistory(t *testing.T, seed uint64, limits *ratelimit.Limiter) *mailHistory {
	h := &mailHistory{
		T: t, r: rand.New(rand.NewPCG(seed, 0)), service: (&world{}).service(t), codes: otp.NewMemory(otp.Config{}),
		queue: &numbered{MemoryOutbox: mailer.NewMemoryOutbox(mailer.OutboxConfig{})}, came: map[string]bool{}, lost: map[string]bool{},
	}
	h.service.Outbox, h.service.MailLimits = h.queue, limits
	h.work()
	return h
}

// work starts a worker, which remembers nothing of the one before.
func (h *mailHistory) work() {
	w, err := mailer.NewWorker(mailer.WorkerConfig{
		Incident: h.service.Incident, Outbox: h.queue, Keys: h.service.Keys.(*vault.Server), Issuer: h, Sender: h, Parallel: 1,
		History: func(context.Context, breach.Tags, otp.Purpose) ([]otp.Past, error) { return nil, nil },
		Unsent: func(ctx context.Context, m otp.MailRequest) error {
			h.back++
			return h.service.Unsent(ctx, m)
		},
	})
	if err != nil {
		h.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	h.stop = func() { cancel(); <-done }
}

func (h *mailHistory) ask() {
	if _, err := h.service.Start(context.Background(), client, "hanako@example.jp"); err != nil {
		h.Fatal(err)
	}
}

func (h *mailHistory) step() {
	switch h.r.IntN(5) {
	case 0, 1:
		for range 1 + h.r.IntN(3) {
			h.ask()
		}
	case 2:
		h.feel(h.r.IntN(10)) // it is down more often than anything else
	case 3:
		h.stop()
		h.work()
	default:
		time.Sleep([]time.Duration{20 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 5 * time.Hour}[h.r.IntN(5)])
	}
}

func (h *mailHistory) feel(mood int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mood = mood
}

// times are when the mails of those slots were asked for.
func (h *mailHistory) times(slots ...map[string]bool) (all []time.Time) {
	for _, some := range slots {
		for slot := range some {
			var n int
			if _, err := fmt.Sscanf(slot[16:], "-%d", &n); err != nil {
				h.Fatal(err)
			}
			all = append(all, h.queue.asked[n-1])
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// bounded wants no span to hold more mails than the limit of the address, and the reserve.
func (h *mailHistory) bounded() {
	times := h.times(h.came)
	for _, r := range ratelimit.Default()[ratelimit.SendAddress] {
		most := int(r.Count) + 1
		for i := most; i < len(times); i++ {
			if span := times[i].Sub(times[i-most]); span < r.Per {
				h.Errorf("%d mails in %v, want at most %d in %v", most+1, span, most, r.Per)
			}
		}
	}
}

// keptIn lets all that waits come or be dropped, and wants the next mail to come unless as
// many may have come as a day has.
func (h *mailHistory) keptIn() {
	h.feel(9)
	time.Sleep(2 * time.Hour)
	synctest.Wait()
	h.feel(0)
	day := slices.DeleteFunc(h.times(h.came, h.lost), func(at time.Time) bool { return time.Since(at) >= 24*time.Hour })
	before := len(h.came)
	h.ask()
	time.Sleep(time.Minute)
	synctest.Wait()
	if len(day) < 6 && len(h.came) != before+1 {
		h.Errorf("%d mails of the last day may have come, and no further one does", len(day))
	}
}
