package mailer_test

import (
	"errors"
	"sync"
	"testing"

	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// TestAMailWithANameIsQueuedOnce: by many at once, while it waits and after it was mailed,
// and even when nothing else can be queued. One of another name is another mail.
func TestAMailWithANameIsQueuedOnce(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{Max: 2}, func(t *testing.T, r *rig) {
		named := func(name byte) mailer.CodeMail {
			m := r.request("a@example.jp")
			m.Purpose, m.Once = otp.PasswordChanged, [16]byte{name}
			return m
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := r.outbox.Enqueue(t.Context(), named(1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		first := take(t, r.outbox, 10)
		if len(first) != 1 {
			t.Fatalf("%d mails of one name", len(first))
		}
		r.enqueue(named(2))
		if err := r.outbox.Enqueue(t.Context(), named(3)); !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("a third name: %v, want ErrOutboxFull", err)
		}
		r.enqueue(named(2))
		if err := r.outbox.Done(t.Context(), first[0].ID); err != nil {
			t.Fatal(err)
		}
		r.enqueue(named(1))
		if left := take(t, r.outbox, 10); len(left) != 1 {
			t.Errorf("%d mails wait, want that of the second name", len(left))
		}
		r.enqueue(named(3)) // refused is not queued
	})
}
