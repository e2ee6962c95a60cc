package otp

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"exposure/internal/breach"
)

// TestAThousandSitesKeepNoLongCodeOut: 1,000 IPv6 /48s guess as often as they may, each time in a
// verification of its own that no code was mailed for. Whoever holds a long code gets in, also
// without a mail; beyond the bound, known verifications go on and keep their tries.
func TestAThousandSitesKeepNoLongCodeOut(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := NewMemory(Config{Now: func() time.Time { return now }})
	ends := now.Add(verificationLife).UnixMilli()
	nonce := func(i int) (n [16]byte) {
		binary.BigEndian.PutUint64(n[:], uint64(i))
		return n
	}
	begin := func(from, to int) {
		for i := from; i < to; i++ {
			k := visitOf(breach.Tag{1}, Web, nonce(i))
			m.apart[k] = verification{Nonce: k.nonce, Expires: ends, Tries: triesMax - 1}
		}
	}
	guesses := 0
	guess := func(verification int) (Verdict, error) {
		guesses++
		return m.Redeem(t.Context(), Attempt{
			Tag: breach.Tag{1}, Purpose: Web, Nonce: nonce(verification), ID: nonce(guesses), Form: Long, MACs: [][32]byte{{1}},
		})
	}
	const attackers = 1_000 * 600 * 90 / 60
	begin(0, attackers)
	if v, err := guess(attackers); err != nil || v.AttemptsLeft != triesMax-1 {
		t.Errorf("another verification: %+v, %v", v, err)
	}
	begin(attackers+1, 1_000_000)
	if _, err := guess(1_000_000); !errors.Is(err, ErrUnavailable) {
		t.Errorf("one beyond the bound: %v", err)
	}
	for _, want := range []Reason{WrongLong, Spent} {
		if v, err := guess(7); err != nil || v.Reason != want {
			t.Errorf("a known one: %+v, %v; want %s", v, err, want)
		}
	}
	now = now.Add(verificationLife + verificationGrace)
	if _, err := guess(1_000_000); err != nil || len(m.apart) != 1 {
		t.Errorf("once they are over: %v, %d kept", err, len(m.apart))
	}
}
