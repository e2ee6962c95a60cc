package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// hangUp resets a connection: whatever comes after goes nowhere.
func hangUp(t *testing.T, c *net.TCPConn) {
	t.Helper()
	must(t, c.SetLinger(0))
	must(t, c.Close())
}

// TestHangingUpSavesNoTry: a guesser who resets the connection right after sending learns
// nothing, and pays for whatever was compared.
func TestHangingUpSavesNoTry(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, address := from(g.public, here), g.somebody()
		v, code := g.ask(t, b, address, 1)
		bad := wireRequest(http.MethodPost, confirmation(v), guess(v, wrong(code)))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 25 {
					c := g.dial(t, here)
					if _, err := c.Write(bad); err != nil {
						t.Error(err)
					}
					hangUp(t, c)
				}
			})
		}
		all.Wait()
		g.again(t, "--insecure-no-limits") // drained: nothing is worked on any more
		compared := g.rows(t, address, "guess", "refused")
		t.Logf("%d of 200 guesses were compared before their connection was gone", compared)
		if compared > 5 {
			t.Errorf("%d guesses were compared, want five at most", compared)
		}
		if k, known := g.kept(t, address); known && (len(k.Failures) != compared || k.tries() != compared) {
			t.Errorf("%d rows, and Redis holds %+v", compared, k)
		}
		if g.redis == nil {
			return
		}
		// What was not judged was not charged: the owner has all tries that are left.
		b = from(g.public, here)
		for left := 4 - compared; left >= 0; left-- {
			refused(t, b.confirm(t, v, wrong(code)), left)
		}
		refused(t, b.confirm(t, v, code), 0)
		if n := g.rows(t, address, "guess", "refused"); n != 5 {
			t.Errorf("%d guesses were compared in all, want 5", n)
		}
	}, "--insecure-no-limits")
}

// again stops the server, which lets it finish what it works on, and starts another on the
// same stores. What was in memory is lost.
func (g *target) again(t *testing.T, flags ...string) {
	t.Helper()
	if code := g.stop(); code != 0 {
		t.Fatalf("the server stopped with %d: %s", code, g.tail(5))
	}
	g.running = g.serve(t, g.redisURL, g.office.url, flags...)
}

// TestHangingUpWhileJudged: the connection is reset between the comparison and its row.
// The row is written all the same, and a right code is spent.
func TestHangingUpWhileJudged(t *testing.T) {
	g := aim(t, live.NewRedis(t), "--insecure-no-limits")
	b := from(g.public, here)
	for _, c := range []struct {
		name             string
		right            bool
		outcome, another string
	}{{"wrong", false, "refused", "accepted"}, {"right", true, "accepted", "refused"}} {
		address := g.somebody()
		v, code := g.ask(t, b, address, 1)
		typed := code
		if !c.right {
			typed = wrong(code)
		}
		unlock := g.lockLog(t)
		conn := g.dial(t, here)
		_, err := conn.Write(wireRequest(http.MethodPost, confirmation(v), guess(v, typed)))
		must(t, err)
		g.judged(t, address) // compared, and waiting for its row
		hangUp(t, conn)
		unlock()
		g.awaitRow(t, address, c.outcome)
		if n := g.rows(t, address, "guess", c.another); n != 0 {
			t.Errorf("%s: %d rows say %s", c.name, n, c.another)
		}
		left := 0
		if !c.right {
			left = 3
		}
		refused(t, b.confirm(t, v, wrong(code)), left)
		if c.right {
			refused(t, b.confirm(t, v, code), 0)
			g.wayIn(t, b, v, address)
		}
	}
}

// lockLog keeps the server from writing until it is told to go on.
func (g *target) lockLog(t *testing.T) (unlock func()) {
	t.Helper()
	db := g.open(t)
	conn, err := db.Conn(t.Context())
	must(t, err)
	_, err = conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
	must(t, err)
	return func() {
		_, err := conn.ExecContext(context.Background(), `ROLLBACK`)
		must(t, err)
		must(t, conn.Close())
		must(t, db.Close())
	}
}

func (g *target) judged(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(8 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if k, _ := g.kept(t, address); k.tries() == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the guess was not judged")
		}
	}
}

func (g *target) awaitRow(t *testing.T, address, outcome string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); g.rows(t, address, "guess", outcome) != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no row says that a guess was %s", outcome)
		}
	}
}

// wayIn: the owner, whose code is spent, asks for one more and gets in.
func (g *target) wayIn(t *testing.T, b *browser, v wire.Verification, address string) {
	t.Helper()
	b.resend(t, v)
	if r := b.confirm(t, b.start(t, address), g.office.code(t, address, 2)); r.status != http.StatusOK {
		t.Errorf("the owner's next code: %d %s", r.status, r.body)
	}
}

// TestScriptsForgottenUnderLoad: an operator, or whoever reached Redis, makes it forget and
// kill the scripts without end while people are looking up.
func TestScriptsForgottenUnderLoad(t *testing.T) {
	onEveryRedis(t, scriptsForgotten)
}

func scriptsForgotten(t *testing.T, g *target) {
	for _, n := range g.nodes {
		n.Do("CONFIG SET busy-reply-threshold 1") // scripts may be killed after a millisecond
		t.Cleanup(func() { n.Do("CONFIG SET busy-reply-threshold 5000") })
	}
	stop := make(chan struct{})
	var flusher, people sync.WaitGroup
	var flushed atomic.Int32 // nodes
	flusher.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = g.everyNode(context.Background(), func(ctx context.Context, c *redis.Client) error {
					if c.ScriptFlush(ctx).Err() == nil { // it is refused while a script runs for longer
						flushed.Add(1)
					}
					c.ScriptKill(ctx) // mostly finds nothing to kill
					return nil
				})
			}
		}
	})
	for n := range 40 {
		address, b := g.somebody(), from(g.public, source(n))
		people.Go(func() {
			v, code := g.ask(t, b, address, 1)
			for i, try := range []string{wrong(code), wrong(code), code, code} {
				r, err := b.try(http.MethodPost, confirmation(v), "", guess(v, try))
				if want := []int{422, 422, 200, 422}[i]; err != nil || r.status != want {
					t.Errorf("try %d: %d %s, %v; want %d", i+1, r.status, r.body, err, want)
				}
			}
			if a, r := g.rows(t, address, "guess", "accepted"), g.rows(t, address, "guess", "refused"); a != 1 || r != 2 {
				t.Errorf("%d accepted and %d refused are in the log, want 1 and 2", a, r)
			}
			if k, _ := g.kept(t, address); k.tries() != 3 || len(k.Failures) != 2 {
				t.Errorf("Redis holds %+v", k)
			}
		})
	}
	people.Wait()
	close(stop)
	flusher.Wait()
	if n := flushed.Load(); n < 40 || g.sessions(t) != 40 || g.office.count() != 40 {
		t.Errorf("%d flushes, %d sessions, %d mails; want 40 of the latter two", n, g.sessions(t), g.office.count())
	}
}
