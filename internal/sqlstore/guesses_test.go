package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestAnAlteredGuessLowersNoBudget: whatever of a guess's row is changed, the budget is
// either the one that was written, or nobody is answered and it is known why.
func TestAnAlteredGuessLowersNoBudget(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 3, 1)
	if err := s.Audit().Append(t.Context(), guess(1, otp.Phone, audit.Refused), guess(1, otp.Web, audit.Refused), guess(2, otp.Web, audit.Refused), guess(1, otp.Web, audit.Refused)); err != nil {
		t.Fatal(err)
	}
	raw := s.raw(t)
	accepted, old, phone := guess(1, otp.Web, audit.Accepted), guess(1, otp.Web, audit.Refused), guess(1, otp.Phone, audit.Refused)
	old.At = old.At.AddDate(0, -2, 0)
	const mine = ` WHERE seq = (SELECT max(seq) FROM audit_entries)`
	for name, c := range map[string]struct {
		change string
		args   []any
		whole  bool // the budget is as before
	}{
		"the outcome beside it":     {`UPDATE audit_entries SET outcome = 'accepted'` + mine, nil, true},
		"another outcome beside it": {`UPDATE audit_entries SET outcome = 'done'` + mine, nil, true},
		"the time beside it":        {`UPDATE audit_entries SET at = 1` + mine, nil, true},
		"the attempt beside it":     {`UPDATE audit_entries SET attempt = zeroblob(16)` + mine, nil, true},
		"the outcome":               {`UPDATE audit_entries SET outcome = 'accepted', encoded = ?` + mine, []any{accepted.Encode()}, false},
		"the time":                  {`UPDATE audit_entries SET at = 1, encoded = ?` + mine, []any{old.Encode()}, false},
		"the purpose":               {`UPDATE audit_entries SET encoded = ?` + mine, []any{phone.Encode()}, false},
		"one of another purpose":    {`UPDATE audit_entries SET purpose = 'web' WHERE purpose = 'phone'`, nil, false},
		"hashed instead of sealed":  {`UPDATE audit_entries SET encoded = ?, seal = ?` + mine, []any{accepted.Encode(), hashOf(accepted)}, false},
		"the seal":                  {`UPDATE audit_entries SET seal = zeroblob(32)` + mine, nil, false},
		"no seal":                   {`UPDATE audit_entries SET seal = x''` + mine, nil, false},
		"no entry":                  {`UPDATE audit_entries SET encoded = x''` + mine, nil, false},
		"a copy of the row":         {`INSERT INTO audit_entries SELECT seq + 1, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal FROM audit_entries` + mine, nil, false},
		"somebody else's guess":     {`UPDATE audit_entries SET tag = (SELECT tag FROM audit_entries` + mine + `) WHERE seq = (SELECT max(seq) - 1 FROM audit_entries)`, nil, false},
		"a row of another action":   {`UPDATE audit_entries SET weighs = 1, purpose = 'web', tag = (SELECT tag FROM audit_entries` + mine + `) WHERE seq = 1`, nil, false},
		"renumbered":                {`UPDATE audit_entries SET seq = seq + 10` + mine, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, q := range []string{`CREATE TABLE kept AS SELECT * FROM audit_entries`, `CREATE TABLE kept_tree AS SELECT * FROM audit_tree`} {
				if err := run(raw, q); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(raw, c.change, c.args...); err != nil {
				t.Fatal(err)
			}
			past, err := s.Audit().Past(t.Context(), nameOf(1), otp.Web)
			standing, err2 := s.roster.Standing(t.Context(), nameOf(1), otp.Web)
			for _, err := range []error{err, err2} {
				if !c.whole && (!errors.Is(err, breach.ErrUnproven) || !errors.Is(err, sqlstore.ErrLogAltered)) {
					t.Errorf("%v, want ErrUnproven and ErrLogAltered", err)
				}
			}
			if c.whole && (errors.Join(err, err2) != nil || !bothRefused(past) || !bothRefused(standing)) {
				t.Errorf("%v, %v: %v, %v", past, standing, err, err2)
			}
			for _, q := range []string{`DELETE FROM audit_entries`, `INSERT INTO audit_entries SELECT * FROM kept`, `DROP TABLE kept`,
				`DELETE FROM audit_tree`, `INSERT INTO audit_tree SELECT * FROM kept_tree`, `DROP TABLE kept_tree`} {
				if err := run(raw, q); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if past, err := s.Audit().Past(t.Context(), nameOf(1), otp.Web); err != nil || !bothRefused(past) {
		t.Errorf("put back: %v, %v", past, err)
	}
}

func bothRefused(past []otp.Past) bool {
	return len(past) == 2 && !past[0].Accepted && !past[1].Accepted && past[0].At.Equal(past[1].At) && past[0].Attempt != [16]byte{}
}

func hashOf(e audit.Entry) []byte {
	leaf := audit.Leaf(e.Encode())
	return leaf[:]
}

// TestForgedNetworksMakeNoFewerFailures: one network counts for little, so whoever may
// write the database would have all failures come from one.
func TestForgedNetworksMakeNoFewerFailures(t *testing.T) {
	s := newStore(t)
	var rows []audit.Entry
	for i := range 50 {
		e := guess(i, otp.Web, audit.Refused)
		e.Network = [16]byte{15: byte(i)}
		rows = append(rows, e)
	}
	if err := s.Audit().Append(t.Context(), rows...); err != nil {
		t.Fatal(err)
	}
	if err := run(s.raw(t), `UPDATE audit_entries SET encoded = CAST(substr(encoded, 1, 66) || zeroblob(16) || substr(encoded, 83) AS BLOB)`); err != nil {
		t.Fatal(err)
	}
	blocks := map[[4]byte]int{} // the widest of the networks that the breaker counts by
	err := s.Audit().FailedGuesses(t.Context(), start.Add(-time.Hour), func(n [16]byte) bool { blocks[[4]byte(n[:4])]++; return true })
	if err != nil || len(blocks) != 50 {
		t.Errorf("failures of %d blocks, %v; want 50", len(blocks), err)
	}
}

// BenchmarkPast reads and proves a budget of so many guesses; BenchmarkFailedGuesses
// counts those of everybody.
func BenchmarkPast(b *testing.B) {
	for name, n := range map[string]int{"none": 0, "two": 2, "fifty": 50} {
		b.Run(name, func(b *testing.B) {
			s := newStore(b)
			s.guesses(b, 1000, 1000)
			for range n {
				if err := s.Audit().Append(b.Context(), guess(1, otp.Web, audit.Refused)); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if past, err := s.Audit().Past(b.Context(), nameOf(1), otp.Web); err != nil || len(past) != n {
					b.Fatal(len(past), err)
				}
			}
		})
	}
}

func BenchmarkFailedGuesses(b *testing.B) {
	s := newStore(b)
	for n := 0; n < 20_000; n += 1_000 {
		s.guesses(b, n, 1_000)
	}
	for b.Loop() {
		if err := s.Audit().FailedGuesses(b.Context(), start.Add(-time.Hour), func([16]byte) bool { return true }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*20_000/b.Elapsed().Seconds(), "rows/s")
}

// TestAnAlteredKeysRowNamesNoKey: a row that says which keys a server uses counts only as
// it was written.
func TestAnAlteredKeysRowNamesNoKey(t *testing.T) {
	s := newStore(t)
	loaded := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.System, ID: "host"}, Action: audit.KeysLoaded, Outcome: audit.Done, Detail: "tag=00000001"}
	if err := s.Audit().Append(t.Context(), loaded); err != nil {
		t.Fatal(err)
	}
	names := func() (all []string) {
		t.Helper()
		rows, err := s.Audit().KeysLoaded(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range rows {
			all = append(all, e.Detail)
		}
		return all
	}
	if got := names(); len(got) != 1 || got[0] != loaded.Detail {
		t.Errorf("as written: %q", got)
	}
	loaded.Detail = "tag=00000002"
	if err := run(s.raw(t), `UPDATE audit_entries SET encoded = ? WHERE action = 'keys_loaded'`, loaded.Encode()); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 1 || got[0] != "" {
		t.Errorf("altered: %q, want a row without a key", got)
	}
}
