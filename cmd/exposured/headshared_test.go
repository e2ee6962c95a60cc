package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/live"
	"exposure/internal/vault"
)

// headsOf signs heads over a log that grows by a row each time, as the database would hold.
func (s site) headsOf(t *testing.T, n int) (all []signedHead) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	for i := range n {
		h := audit.Head{Size: int64(i + 1), Root: audit.Leaf([]byte{byte(i)}), At: time.Now().UTC().Truncate(time.Millisecond)}
		text, err := h.Sign(keys.AuditSigner())
		must(t, err)
		all = append(all, signedHead{h, text})
	}
	return all
}

func (s site) openHeadFile(t *testing.T, path string) *headFile {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	f, _, _, err := openHeads(path, keys)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// TestTwoWritersOfOneFile: two servers append the same heads to one file while both look at it:
// none is mixed with another or there twice, and neither thinks that something was cut off.
func TestTwoWritersOfOneFile(t *testing.T) {
	s := newSite(t)
	path := filepath.Join(t.TempDir(), "heads.txt")
	heads := s.headsOf(t, 40)
	var wg sync.WaitGroup
	for _, f := range []*headFile{s.openHeadFile(t, path), s.openHeadFile(t, path)} {
		wg.Go(func() {
			for i := range heads {
				unlessBusy(func() error {
					n, err := f.add(heads[i : i+1])
					if n != 1 && err == nil {
						t.Errorf("head %d: %d kept", i, n)
					}
					return err
				}, t)
				unlessBusy(func() error {
					cut, err := f.look(i%10 == 0)
					if cut {
						t.Errorf("after head %d: cut", i)
					}
					return err
				}, t)
			}
		})
	}
	wg.Wait()
	var want strings.Builder
	for _, h := range heads {
		want.WriteString(h.text + "\n")
	}
	if got := string(contentOf(t, path)); got != want.String() {
		t.Errorf("%d bytes are kept, want every head once: %d", len(got), want.Len())
	}
}

// unlessBusy does it, again while the other one has the file, as a server does every second.
func unlessBusy(do func() error, t *testing.T) {
	for {
		if err := do(); !errors.Is(err, syscall.EWOULDBLOCK) {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

// TestTwoServersOneFileOfHeads: the same with servers, of which one is ended and started again
// after the other has written; and with a file of its own for each, of which either has every
// head once. Nobody is woken.
func TestTwoServersOneFileOfHeads(t *testing.T) {
	for name, paths := range map[string][2]string{"one file": {"a.txt", "a.txt"}, "a file each": {"a.txt", "b.txt"}} {
		t.Run(name, func(t *testing.T) {
			s, _ := smallSite(t)
			redis, office, pager, dir := live.NewRedis(t), openPostOffice(t), openPager(t), t.TempDir()
			start := func(n int) *running {
				return s.serve(t, redis.URL(), office.url, pager.flags("--audit-heads", filepath.Join(dir, paths[n]))...)
			}
			first, second := start(0), start(1)
			for range 3 {
				s.signed(t, 2)
				s.waitForHeadText(t, filepath.Join(dir, paths[0]), s.lastHead(t))
				s.waitForHeadText(t, filepath.Join(dir, paths[1]), s.lastHead(t))
			}
			second.stop()
			s.later(t)
			s.waitForHeadText(t, filepath.Join(dir, paths[0]), s.lastHead(t))
			second = start(1)
			s.waitForHeadText(t, filepath.Join(dir, paths[1]), s.lastHead(t))
			first.stop()
			second.stop()
			pager.only(t)
			for _, path := range paths {
				kept := s.keptHeads(t, filepath.Join(dir, path))
				if v := s.verifyLog(t, kept); v.Bad != nil || v.Heads != len(kept) || v.Kept != v.Heads {
					t.Errorf("%s: %d heads are kept, %d of the %d there are; %v", path, len(kept), v.Kept, v.Heads, v.Bad)
				}
			}
		})
	}
}

// later writes and signs rows that a server left in an hour.
func (s site) later(t *testing.T) {
	t.Helper()
	s.signedAt(t, 1, time.Now())
	s.signedAt(t, 1, time.Now().Add(time.Hour))
}

// TestAFileOfHeadsIsFilledUpAgain: whatever is done to the file under a running server, it is
// alarmed, and soon every head is in the file again; a restart then wakes nobody.
func TestAFileOfHeadsIsFilledUpAgain(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, path string){
		"emptied": func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"removed": func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"another renamed over it": func(t *testing.T, path string) {
			signed, _ := audit.SplitHeads(string(contentOf(t, path)))
			must(t, os.WriteFile(path+".new", []byte(signed[len(signed)-1]), 0o600))
			must(t, os.Rename(path+".new", path))
		},
		"cut within a line": func(t *testing.T, path string) { must(t, os.Truncate(path, int64(len(contentOf(t, path))-30))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := smallSite(t)
			pager, path := openPager(t), filepath.Join(t.TempDir(), "heads.txt")
			r := s.proving(t, 0, pager.flags("--audit-heads", path)...)
			s.signed(t, 2)
			s.signed(t, 2)
			root := strings.Split(s.lastHead(t), "\n")[2]
			eventually(t, "the head is kept", func() bool { return strings.Contains(r.log.String(), root) })
			pager.only(t)
			harm(t, path)
			pager.await(t, "heads-cut begun")
			s.signed(t, 1)
			s.waitForHeadText(t, path, s.lastHead(t))
			r.stop()
			kept := map[int64]int{}
			for _, h := range s.keptHeads(t, path) {
				kept[h.Size]++
			}
			if v := s.verifyLog(t, nil); len(kept) != v.Heads {
				t.Errorf("%d heads are kept of %d", len(kept), v.Heads)
			}
			quiet := openPager(t)
			s.proving(t, 0, quiet.flags("--audit-heads", path)...).stop()
			quiet.only(t)
		})
	}
}

// TestSomethingElseInPlaceOfTheHeads: it is alarmed and not written to; once it is taken away
// again, every head is kept.
func TestSomethingElseInPlaceOfTheHeads(t *testing.T) {
	s, _ := smallSite(t)
	pager, path := openPager(t), filepath.Join(t.TempDir(), "heads.txt")
	s.proving(t, 0, pager.flags("--audit-heads", path)...)
	s.signed(t, 2)
	s.waitForHeadText(t, path, s.lastHead(t))
	must(t, os.WriteFile(path+".new", []byte("something else\n"), 0o600))
	must(t, os.Rename(path+".new", path))
	pager.await(t, "heads-cut begun", "heads-not-kept begun")
	s.signed(t, 1)
	if text := string(contentOf(t, path)); text != "something else\n" {
		t.Errorf("it was written to: %q", text)
	}
	must(t, os.Remove(path))
	pager.await(t, "heads-not-kept ended")
	kept := s.keptHeads(t, path)
	if v := s.verifyLog(t, kept); v.Bad != nil || v.Kept != v.Heads {
		t.Errorf("%d heads are kept of %d; %v", v.Kept, v.Heads, v.Bad)
	}
}
