package agent_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"exposure/internal/agent"
)

const ticketAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// TestTicketNumbersAreReadBack in every way in which somebody may type them.
func TestTicketNumbersAreReadBack(t *testing.T) {
	for range 2000 {
		n := agent.DrawTicketNumber()
		s := n.String()
		if len(s) != 6 || s[4] != '-' || strings.Trim(strings.Replace(s, "-", "", 1), ticketAlphabet) != "" {
			t.Fatalf("a number is %q", s)
		}
		wide := strings.Map(func(r rune) rune { return r + 0xFEE0 }, s)
		bare := strings.ReplaceAll(s, "-", "")
		for _, typed := range []string{s, strings.ToLower(s), bare, wide, " " + s + "\n", s[:2] + " " + s[2:], strings.ReplaceAll(s, "-", "ー")} {
			if got, err := agent.ParseTicketNumber(typed); err != nil || got != n {
				t.Fatalf("%q is read as %v, %v; want %v", typed, got, err, n)
			}
		}
	}
}

// TestEverySlipIsFound: one wrong character, or two exchanged, wherever they stand.
func TestEverySlipIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := strings.Replace(agent.DrawTicketNumber().String(), "-", "", 1)
		i, j := rapid.IntRange(0, 4).Draw(t, "i"), rapid.IntRange(0, 4).Draw(t, "j")
		b := []byte(good)
		b[i], b[j] = b[j], b[i]
		if i == j {
			b[i] = rapid.SampledFrom([]byte(ticketAlphabet)).Draw(t, "wrong")
		}
		if string(b) == good {
			return
		}
		if _, err := agent.ParseTicketNumber(string(b)); !errors.Is(err, agent.ErrTicketSlip) || !errors.Is(err, agent.ErrNoTicket) {
			t.Fatalf("%s for %s = %v, want ErrTicketSlip", b, good, err)
		}
	})
}

// TestWhatIsNoTicketNumber is a slip: characters that no number has are never taken for
// one that it has.
func TestWhatIsNoTicketNumber(t *testing.T) {
	good := agent.DrawTicketNumber().String()
	for _, bad := range []string{"", "-", good + "2", good[:5], "O" + good[1:], "0" + good[1:], "I" + good[1:], "l" + good[1:], good[:4] + "+" + good[5:],
		good + strings.Repeat(" ", 100), "四" + good[1:], "\xff" + good, "訓練"} {
		if n, err := agent.ParseTicketNumber(bad); !errors.Is(err, agent.ErrTicketSlip) {
			t.Errorf("%q is read as %v, %v", bad, n, err)
		}
	}
}

func FuzzParseTicketNumber(f *testing.F) {
	for _, s := range []string{"7K2M-4", "７ｋ２ｍ－４", "", "O0I1L", "7K2M4 ", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := agent.ParseTicketNumber(text)
		if err != nil {
			if n != (agent.TicketNumber{}) || !errors.Is(err, agent.ErrNoTicket) {
				t.Errorf("%q: %v, %v", text, n, err)
			}
			return
		}
		if again, err := agent.ParseTicketNumber(n.String()); err != nil || again != n {
			t.Errorf("%q is read as %v, and that as %v, %v", text, n, again, err)
		}
	})
}
