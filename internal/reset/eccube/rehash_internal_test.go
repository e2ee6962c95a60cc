package eccube

import (
	"testing"

	"exposure/internal/breach"
)

// TestARehashThatAnotherProgramMissed: one program plans while the shop holds a hash of
// before EC-CUBE 4.3, and another carries the order out, which never saw that.
func TestARehashThatAnotherProgramMissed(t *testing.T) {
	const legacy, modern, other = "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33", "$2y$13$of the same password", "$2y$13$of another"
	program := func() func(string) bool {
		c, err := New(Config{DSN: "eccube4:postgres://role:secret@127.0.0.1:9/shop?sslmode=disable", Fingerprint: func(_ string, hash []byte) []byte { return hash }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return func(hash string) bool {
			h := c.held("1", map[int64]member{1: {live: true, hash: []byte(hash)}})
			if h.Blank != (hash == "") || !h.Blank && !breach.SamePassword(h.Fingerprint, []byte(hash)) {
				t.Errorf("%q is read as %+v", hash, h)
			}
			return h.Rehashed
		}
	}
	for _, step := range []struct {
		name   string
		hashes []string
		want   bool // of the last
	}{
		{"the first that is seen", []string{modern}, true},
		{"seen twice", []string{modern, modern}, true},
		{"another after it", []string{modern, other}, false},
		{"after a blank one", []string{"", modern}, false},
		{"after a blank one, seen twice", []string{"", modern, modern}, false},
		{"blank again", []string{modern, "", modern}, false},
		{"a legacy one", []string{legacy}, false},
		{"after a legacy one", []string{legacy, modern}, true},
		{"after a blank and a legacy one", []string{"", legacy, modern}, true},
	} {
		planner, runner := program(), program()
		planner(legacy)
		got := false
		for _, hash := range step.hashes {
			got = runner(hash)
		}
		if got != step.want {
			t.Errorf("%s: rehashed is %t", step.name, got)
		}
	}
}
