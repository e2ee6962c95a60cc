package sqlstore_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// TestReadyToWrite: after a commit that failed nobody is ready until a write goes well,
// and looking leaves no row and no head.
func TestReadyToWrite(t *testing.T) {
	s := newStore(t)
	log := s.DB.Audit(s.keys)
	write, _ := sqlstore.Pools(s.DB)
	only := func(setting string) {
		t.Helper()
		if err := run(write, `PRAGMA query_only = `+setting); err != nil {
			t.Fatal(err)
		}
	}
	only("1")
	if err := log.Ready(t.Context()); err == nil {
		t.Error("a log that was never written and cannot be is ready")
	}
	only("0")
	if err := log.Ready(t.Context()); err != nil {
		t.Errorf("a log that can be written: %v", err)
	}
	s.guesses(t, 0, 3)
	only("1")
	if err := log.Append(t.Context(), guess(3, otp.Web, audit.Refused)); err == nil {
		t.Error("a row was written into a database that only reads")
	}
	for range 2 {
		if err := log.Ready(t.Context()); err == nil {
			t.Error("ready after a commit that failed")
		}
	}
	before := s.verify(t)
	only("0")
	if err := log.Ready(t.Context()); err != nil {
		t.Errorf("once it can be written: %v", err)
	}
	if after := s.verify(t); after.Rows != before.Rows || after.Bad != nil {
		t.Errorf("looking changed the log: %+v, before %+v", after, before)
	}
}

// TestEveryFileStaysInPlace: whichever of its files is moved away, nothing is proven and
// nothing is written; and when it is back all goes on.
func TestEveryFileStaysInPlace(t *testing.T) {
	s := newStore(t)
	s.publish(t, "published", 40, 7)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path := s.path + suffix
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.roster.Paused(t.Context()); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("without %q the pause is known: %v", suffix, err)
		}
		if err := s.roster.Ready(t.Context()); !errors.Is(err, sqlstore.ErrMoved) {
			t.Errorf("without %q: %v", suffix, err)
		}
		if err := s.DB.Audit(s.keys).Append(t.Context(), guess(0, otp.Web, audit.Refused)); !errors.Is(err, sqlstore.ErrMoved) {
			t.Errorf("without %q a row was written: %v", suffix, err)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		s.guesses(t, int(time.Now().UnixMilli()%1000), 1)
	}
	if v := s.verify(t); v.Bad != nil {
		t.Error(v.Bad)
	}
}
