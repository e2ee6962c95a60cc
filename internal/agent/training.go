package agent

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/otp"
)

// practiceTries is how often a code may be tried in a training call, as in any other.
const practiceTries = 5

// practiceNumber is the check number of everybody who calls in training.
func practiceNumber() breach.CheckNumber { return breach.CheckNumber{Word: 40, Digits: "4821"} }

func pick(n int) int { return rand.IntN(n) }

// TrainingCaller tells who calls in a training call, so that a colleague can play them.
//
// Errors: those of Get; ErrNoCall for a call that is none.
func (c *Calls) TrainingCaller(ctx context.Context, who Agent, id string) (Caller, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Caller{}, err
	}
	if !at.Training {
		return Caller{}, fmt.Errorf("%w for training", ErrNoCall)
	}
	t := c.trainee(at.state)
	caller := Caller{Story: t.story, Address: t.address, LetterNumber: t.letter.Grouped()}
	if at.Sent && at.Address == t.address {
		d := practiceCode(at.Number)
		caller.PhoneCode = d[:2] + "-" + d[2:4] + "-" + d[4:6] + "-" + d[6:]
	}
	return caller, nil
}

func (c *Calls) trainee(st state) trainee { return c.people[st.Practice.Caller%len(c.people)] }

// practiceCode is the phone code of a training call: eight digits that open nothing.
func practiceCode(number [16]byte) string {
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(number[:])%100_000_000)
}

// practise is Confirm and ConfirmLetter in a training call: it asks no store but that of calls.
func (c *Calls) practise(ctx context.Context, at placed, said string, letter bool) (Told, error) {
	right, err := c.rightInPractice(at.state, said, letter)
	if err != nil {
		return Told{}, err
	}
	p, err := c.change(ctx, at, func(st *state) error {
		if !letter && st.Practice.Tries >= practiceTries {
			right = false
			return nil
		}
		if !letter {
			st.Practice.Tries++
		}
		if right {
			st.prove(lookup.Subject{Letter: letter}, c.c.Now())
			st.Practice.Tries = 0
		}
		return nil
	})
	switch {
	case err != nil:
		return Told{}, err
	case !right && letter:
		return Told{}, &lookup.Rejected{AttemptsLeft: -1}
	case !right:
		return Told{}, &lookup.Rejected{AttemptsLeft: practiceTries - p.Practice.Tries}
	}
	return c.practised(p), nil
}

func (c *Calls) rightInPractice(st state, said string, letter bool) (bool, error) {
	t := c.trainee(st)
	if letter {
		n, err := breach.ParseLetterNumber(said)
		if err != nil {
			return false, fmt.Errorf("%w: %w", lookup.ErrMalformedCode, err)
		}
		return n == t.letter, nil
	}
	digits, _, err := otp.Fold(said)
	if err != nil {
		return false, fmt.Errorf("%w: %w", lookup.ErrMalformedCode, err)
	}
	return st.Sent && st.Address == t.address && digits == practiceCode(st.Number), nil
}

// practised tells what a caller in training is told.
func (c *Calls) practised(p placed) Told {
	facts := c.trainee(p.state).facts
	facts.Incident, facts.Version, facts.PublishedAt = c.c.Incident, 1, c.c.Incident.PublishedAt
	facts.CheckNumber, facts.ByLetter, facts.Now = practiceNumber(), p.Letter, c.c.Now()
	return c.told(p, breach.NewReport(facts))
}
