package lookup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// number is a letter number whose check digits hold.
const number = "12345-67890-1244"

// Holder says that every number is one letter's.
func (w *world) Holder(ctx context.Context, _ breach.Tags) (breach.Version, breach.LetterHolder, error) {
	if err := w.call(ctx, "holder"); err != nil {
		return breach.Version{}, breach.LetterHolder{}, err
	}
	if w.letter == nil {
		return breach.Version{}, breach.LetterHolder{}, breach.ErrNoLetter
	}
	return breach.Version{ID: w.version, PublishedAt: time.Now()}, *w.letter, nil
}

// recipientsLetter is the letter of a recipient.
func recipientsLetter(s *lookup.Service) *breach.LetterHolder {
	return &breach.LetterHolder{
		Answer: breach.Answer{Persons: []breach.Person{{
			Ref: 1, Edge: breach.EdgeOther, Kind: breach.KindRecipient,
			Exposures: []breach.Exposure{{Cohort: "recipient", Categories: []breach.Exposed{{Category: "name", Certainty: breach.Possible}}}},
		}}},
		Check: s.Keys.LetterTags("any"),
	}
}

// withLetters is a service for which every number is a recipient's.
func (w *world) withLetters(t *testing.T) *lookup.Service {
	t.Helper()
	s := w.service(t)
	s.Letters, w.letter, w.version = w, recipientsLetter(s), 3
	return s
}

// TestLetterNumbersHaveAForm: what is no letter number is refused as such, in any width and
// grouping, and a slip in copying is told apart; nothing is charged or looked up.
func TestLetterNumbersHaveAForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := w.withLetters(t)
		for typed, want := range map[string]error{
			number: nil, "12345678901244": nil, "１２３４５ー６７８９０ー１２４４": nil, " 12345 67890 1244 ": nil,
			"": breach.ErrLetterForm, "hello": breach.ErrLetterForm, "1234567890123": breach.ErrLetterForm, "123456789012345": breach.ErrLetterForm,
			"12345-67890-123a": breach.ErrLetterForm, strings.Repeat(" ", 1000) + "12345678901244": breach.ErrLetterForm,
			"12345-67890-1234": breach.ErrLetterSlip, "12345-67809-1244": breach.ErrLetterSlip,
		} {
			w.calls, w.rows = nil, nil
			_, err := s.ConfirmLetter(t.Context(), client, typed)
			if !errors.Is(err, want) || want != nil && !errors.Is(err, lookup.ErrMalformedCode) {
				t.Errorf("%q: %v, want %v", typed, err, want)
			}
			if want != nil && len(w.calls)+len(w.rows) != 0 {
				t.Errorf("%q: it did %v and recorded %q", typed, w.calls, w.outcomes())
			}
		}
	})
}

// TestLetterFaults: what is heard, what was committed and whether the number is charged,
// whatever fails on the way.
func TestLetterFaults(t *testing.T) {
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		fault   string
		nobodys bool
		none    bool  // no letters at all
		want    error // nil: told
		rows    string
		charged bool
	}{
		"a right number":                   {rows: "guess accepted, disclosure done"},
		"nobody's":                         {nobodys: true, want: refused, rows: "guess refused", charged: true},
		"no letters at all":                {none: true, want: refused, rows: "guess refused", charged: true},
		"nobody's, and the log fails":      {nobodys: true, fault: "append", want: lookup.ErrCouldNotCheck, charged: true},
		"a right one, and the log fails":   {fault: "append", want: lookup.ErrCouldNotCheck},
		"the database fails":               {fault: "holder", want: lookup.ErrCouldNotCheck},
		"the limits of the client fail":    {fault: "borrow letter-ip", want: lookup.ErrUnavailable, charged: true},
		"the limit of all fails":           {fault: "borrow letter-global", want: lookup.ErrUnavailable, charged: true},
		"giving the charge back fails":     {fault: "return", rows: "guess accepted, disclosure done", charged: true},
		"the session cannot be remembered": {fault: "issue", want: lookup.ErrUnavailable, rows: "guess accepted, disclosure done"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{}
				s := w.withLetters(t)
				if c.nobodys {
					w.letter = nil
				}
				if c.none {
					s.Letters = nil
				}
				if c.fault != "" {
					w.faults = map[string]error{c.fault: errDown}
				}
				told, err := s.ConfirmLetter(t.Context(), client, number)
				switch {
				case c.want == nil:
					if err != nil || told.Token == "" || told.Report.Status != breach.StatusListed || !told.Report.ByLetter || told.Report.Version != 3 {
						t.Errorf("told %+v, %v", told.Report, err)
					}
				case c.want == refused:
					if r := new(lookup.Rejected); !errors.As(err, &r) || r.AttemptsLeft >= 0 {
						t.Errorf("%v, want Rejected without a count", err)
					}
				case !errors.Is(err, c.want):
					t.Errorf("%v, want %v", err, c.want)
				}
				if (err != nil) != (c.want != nil) || err != nil && told.Token != "" {
					t.Errorf("%v and %q", err, told.Token)
				}
				if w.outcomes() != c.rows || w.did("return") == c.charged {
					t.Errorf("recorded %q, want %q; did %v", w.outcomes(), c.rows, w.calls)
				}
				for _, r := range w.rows {
					tag := s.Keys.LetterTags(strings.ReplaceAll(number, "-", "")).Newest()
					if r.Purpose != audit.Letter || r.Tag == nil || *r.Tag != tag || r.Weighs() || r.Validate() != nil {
						t.Errorf("row %+v, %v", r, r.Validate())
					}
				}
			})
		})
	}
}

// TestNobodysNumbersCostTheSame: every store is asked the same, whoever's a number was.
func TestNobodysNumbersCostTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := w.withLetters(t)
		w.letter = nil
		if _, err := s.ConfirmLetter(t.Context(), client, number); !errors.As(err, new(*lookup.Rejected)) {
			t.Fatal(err)
		}
		if want := []string{"borrow letter-global", "borrow letter-ip", "holder", "append"}; !slices.Equal(w.calls, want) {
			t.Errorf("it asked %v, want %v", w.calls, want)
		}
	})
}

// TestSessionsByLetter: the report is read again as long as the number counts, and never
// opens a reset.
func TestSessionsByLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := w.withLetters(t)
		told, err := s.ConfirmLetter(t.Context(), client, number)
		if err != nil {
			t.Fatal(err)
		}
		w.rows, w.version = nil, 4
		again, err := s.Report(t.Context(), client, told.Token)
		if err != nil || again.Version != 4 || !again.ByLetter || *again.CheckNumber != *told.Report.CheckNumber || w.outcomes() != "disclosure done" {
			t.Errorf("read again: %+v, %v, %q", again, err, w.outcomes())
		}
		if *again.CheckNumber != s.Keys.CheckNumber(w.letter.Check) {
			t.Errorf("check number %v", again.CheckNumber)
		}
		if w.did("answer") {
			t.Error("an address was looked up for a letter")
		}
		if _, err := s.RequestReset(t.Context(), client, told.Token); !errors.Is(err, lookup.ErrResetNotApplicable) {
			t.Errorf("a reset by letter: %v", err)
		}
		holder := w.letter
		w.letter = nil // replaced
		if _, err := s.Report(t.Context(), client, told.Token); !errors.Is(err, lookup.ErrUnauthenticated) {
			t.Errorf("after it was replaced: %v", err)
		}
		s.Letters = nil
		if _, err := s.Report(t.Context(), client, told.Token); !errors.Is(err, lookup.ErrUnauthenticated) {
			t.Errorf("after letters were given up: %v", err)
		}
		w.letter, s.Letters, w.rows = holder, w, nil
		if err := s.End(t.Context(), client, told.Token); err != nil || w.outcomes() != "session_end done" {
			t.Errorf("ending it: %v, %q", err, w.outcomes())
		}
		if _, err := s.Report(t.Context(), client, told.Token); !errors.Is(err, lookup.ErrUnauthenticated) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// TestLettersByPhone: over the limit of everybody together the client hears of the phone, also
// if it is over its own, and of its own limit of its own.
func TestLettersByPhone(t *testing.T) {
	for _, c := range []struct {
		over    []ratelimit.Name
		byPhone bool
	}{
		{[]ratelimit.Name{ratelimit.LetterGlobal}, true},
		{[]ratelimit.Name{ratelimit.LetterIP}, false},
		{[]ratelimit.Name{ratelimit.LetterIP, ratelimit.LetterGlobal}, true},
	} {
		w := &world{}
		s := w.withLetters(t)
		w.faults = map[string]error{}
		for _, limit := range c.over {
			w.faults["borrow "+string(limit)] = &ratelimit.Exceeded{Name: limit}
		}
		_, err := s.ConfirmLetter(t.Context(), client, number)
		if errors.Is(err, lookup.ErrLettersByPhone) != c.byPhone || errors.As(err, new(*ratelimit.Exceeded)) == c.byPhone || len(w.rows) != 0 || w.did("holder") {
			t.Errorf("over %s: %v, did %v", c.over, err, w.calls)
		}
	}
}

// TestShutWhileALetterIsAnswered: nothing is told once the look-up was shut, although the
// number was found and recorded.
func TestShutWhileALetterIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := &world{}, &gate{}
		s := w.withLetters(t)
		s.Gate = g
		w.faults = map[string]error{}
		s.Letters = shutMeanwhile{w, g}
		_, err := s.ConfirmLetter(t.Context(), client, number)
		if !errors.As(err, new(*lookup.PausedError)) || w.did("issue") || w.outcomes() != "guess accepted, disclosure done" {
			t.Errorf("%v, %q, did %v", err, w.outcomes(), w.calls)
		}
	})
}

// shutMeanwhile shuts the look-up while a number is looked for.
type shutMeanwhile struct {
	lookup.Letters
	gate *gate
}

func (s shutMeanwhile) Holder(ctx context.Context, tags breach.Tags) (breach.Version, breach.LetterHolder, error) {
	s.gate.pause = &breach.Pause{Since: time.Now()}
	return s.Letters.Holder(ctx, tags)
}
