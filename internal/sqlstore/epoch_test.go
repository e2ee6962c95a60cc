package sqlstore

import (
	"encoding/binary"
	"os"
	"testing"
)

func stamped(commits, salt uint32) (s stamp) {
	binary.NativeEndian.PutUint32(s[:], headerVersion)
	binary.NativeEndian.PutUint32(s[changeAt:], commits)
	binary.NativeEndian.PutUint32(s[32:], salt)
	return s
}

// withIndex is a database whose index is a file of the test's.
func withIndex(t *testing.T) (*DB, func(first, second stamp)) {
	t.Helper()
	db := &DB{path: t.TempDir() + "/db"}
	write := func(first, second stamp) {
		t.Helper()
		first[readyAt], second[readyAt] = 1, 1
		if err := os.WriteFile(db.path+"-shm", append(first[:], second[:]...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(stamped(1, 0), stamped(1, 0))
	var err error
	if db.files[2], err = os.Stat(db.path + "-shm"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.closeIndex() })
	return db, write
}

func TestAnEpochEndsWithACommitOfAnybodyElse(t *testing.T) {
	db, write := withIndex(t)
	first, ok := db.epoch()
	if again, _ := db.epoch(); !ok || again != first {
		t.Fatalf("nothing happened: %d after %d, %v", again, first, ok)
	}
	db.begins()
	write(stamped(1, 1), stamped(1, 1)) // our commit begins the journal anew
	during, _ := db.epoch()
	write(stamped(2, 1), stamped(2, 1))
	if now, _ := db.epoch(); now != first || during != first {
		t.Error("a commit of our own ended it before it was over")
	}
	db.ends(true)
	if now, _ := db.epoch(); now != first {
		t.Error("a commit of our own ended it")
	}
	db.begins()
	write(stamped(4, 1), stamped(4, 1)) // ours and another
	db.ends(true)
	second, _ := db.epoch()
	if second == first {
		t.Error("a commit beside our own did not end it")
	}
	write(stamped(4, 2), stamped(4, 2)) // as many commits, another journal
	third, _ := db.epoch()
	if third == second {
		t.Error("another journal did not end it")
	}
	db.begins()
	db.ends(true)
	write(stamped(5, 2), stamped(5, 2))
	if now, _ := db.epoch(); now == third {
		t.Error("a commit after the lock was given back did not end it")
	}
}

// After a commit that failed nobody knows who committed when.
func TestAnEpochEndsWithACommitOfOurOwnThatFails(t *testing.T) {
	db, _ := withIndex(t)
	first, _ := db.epoch()
	db.begins()
	db.ends(false)
	if now, _ := db.epoch(); now == first {
		t.Error("the epoch goes on over a commit that failed")
	}
}

// A commit of our own is no proof about a state in which nobody proved anything.
func TestAnEpochIsNotContinuedFromAnotherState(t *testing.T) {
	db, write := withIndex(t)
	first, _ := db.epoch()
	write(stamped(2, 0), stamped(2, 0)) // another program
	db.begins()
	write(stamped(3, 0), stamped(3, 0)) // ours
	db.ends(true)
	if now, _ := db.epoch(); now == first {
		t.Error("the epoch goes on over another program's commit")
	}
}

func TestAnEpochIsUnknownWhileItChanges(t *testing.T) {
	db, write := withIndex(t)
	for name, put := range map[string]func(){
		"half written":  func() { write(stamped(1, 0), stamped(2, 0)) },
		"another form":  func() { write(stamp{}, stamp{}) },
		"not there":     func() { os.Truncate(db.path+"-shm", 0) },
		"not begun yet": func() { s := stamped(1, 0); os.WriteFile(db.path+"-shm", append(s[:], s[:]...), 0o600) },
	} {
		put()
		if n, ok := db.epoch(); ok {
			t.Errorf("%s: epoch %d", name, n)
		}
		write(stamped(1, 0), stamped(1, 0))
	}
	of, _ := db.during(func() error { write(stamped(2, 0), stamped(2, 0)); return nil })
	if of != 0 {
		t.Errorf("a read during which somebody committed is of epoch %d", of)
	}
	of, _ = db.during(func() error { return nil })
	if now, _ := db.epoch(); of == 0 || of != now {
		t.Errorf("a read of epoch %d is said to be of %d", now, of)
	}
}

func TestAnotherFileIsNotTheIndex(t *testing.T) {
	db, write := withIndex(t)
	if err := os.Rename(db.path+"-shm", db.path+"-away"); err != nil {
		t.Fatal(err)
	}
	write(stamped(1, 0), stamped(1, 0))
	if _, ok := db.epoch(); ok {
		t.Error("the index of another database was believed")
	}
}
