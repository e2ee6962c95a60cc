package main

import (
	"io"
	"log/slog"
	"testing"

	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
)

// assembled is the product on the site's database, of which nothing runs by itself: a test takes
// its steps one by one. It logs there, and is closed with the test.
func (s site) assembled(t *testing.T, log io.Writer) *product {
	t.Helper()
	on, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	t.Cleanup(func() { on.DB.Close() })
	on.Sender, on.Limits, on.Log = mailer.NewInbox(1), ratelimit.Default(), slog.New(slog.NewJSONHandler(log, nil))
	b, err := assemble(t.Context(), on)
	must(t, err)
	t.Cleanup(func() { b.heads.close() })
	return b
}
