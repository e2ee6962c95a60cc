package live_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"exposure/internal/live"
)

// parrot answers each line with the same line, and counts them.
func parrot(t *testing.T) (addr string, heard *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	heard = &atomic.Int64{}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					heard.Add(1)
					fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	return ln.Addr().String(), heard
}

// caller is a client that gives up after a while.
type caller struct{ net.Conn }

func call(t *testing.T, addr string) caller {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return caller{c}
}

// say sends a line and reads what comes of its reply.
func (c caller) say(line string) (string, error) {
	if _, err := fmt.Fprintln(c, line); err != nil {
		return "", err
	}
	return c.hear(len(line) + 1)
}

func (c caller) hear(n int) (string, error) {
	reply := make([]byte, n)
	n, err := io.ReadFull(c, reply)
	return string(reply[:n]), err
}

func (c caller) works(t *testing.T) {
	t.Helper()
	if got, err := c.say("hello"); got != "hello\n" || err != nil {
		t.Errorf("through the proxy came %q, %v", got, err)
	}
}

// until waits for what another goroutine is about to do.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

func TestProxyRefuses(t *testing.T) {
	addr, _ := parrot(t)
	p := live.NewProxy(t, addr)
	open, at := call(t, p.Addr()), p.Addr()
	open.works(t)
	p.Refuse()
	p.Refuse()
	if got, err := open.hear(1); got != "" || err == nil {
		t.Errorf("an open connection: %q, %v", got, err)
	}
	if c, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection: %v, %v", c, err)
	}
	p.Restore()
	p.Restore()
	if p.Addr() != at {
		t.Errorf("restored at %s, before at %s", p.Addr(), at)
	}
	call(t, p.Addr()).works(t)
}

func TestProxyHangs(t *testing.T) {
	addr, heard := parrot(t)
	p := live.NewProxy(t, addr)
	open := call(t, p.Addr())
	open.works(t)
	p.Hang()
	fresh := call(t, p.Addr())
	for _, c := range []caller{open, fresh} {
		if _, err := fmt.Fprintln(c, "wait"); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "both lines are held", func() bool { return p.Held() == 2 })
	if n := heard.Load(); n != 1 {
		t.Errorf("the server heard %d lines, want 1", n)
	}
	p.Restore()
	for _, c := range []caller{open, fresh} {
		if got, err := c.hear(5); got != "wait\n" || err != nil {
			t.Errorf("after the proxy was restored: %q, %v", got, err)
		}
	}
	if n := p.Held(); n != 0 {
		t.Errorf("%d lines are still held", n)
	}
}

func TestProxySlows(t *testing.T) {
	addr, _ := parrot(t)
	p := live.NewProxy(t, addr)
	c := call(t, p.Addr())
	for _, pieces := range []int{1, 3} {
		p.Slow(30*time.Millisecond, 6/pieces)
		begun := time.Now()
		c.works(t)
		if took, least := time.Since(begun), time.Duration(pieces)*30*time.Millisecond; took < least {
			t.Errorf("a reply of %d pieces took %v, want at least %v", pieces, took, least)
		}
	}
	p.Slow(time.Hour, 0)
	if _, err := fmt.Fprintln(c, "hello"); err != nil {
		t.Fatal(err)
	}
	p.Restore() // wakes what is waiting
	if got, err := c.hear(6); got != "hello\n" || err != nil {
		t.Errorf("restored while a reply waited: %q, %v", got, err)
	}
}

func TestProxyCutsAReply(t *testing.T) {
	addr, heard := parrot(t)
	p := live.NewProxy(t, addr)
	p.CutReply("the secret", 4)
	c := call(t, p.Addr())
	c.works(t)
	for _, part := range []string{"tell the se", "cret now\n"} {
		if _, err := io.WriteString(c, part); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // in two pieces, mostly
	}
	if got, err := c.hear(20); got != "tell" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("of the reply came %q, %v", got, err)
	}
	if n := heard.Load(); n != 2 {
		t.Errorf("the server heard %d lines, want 2", n)
	}
	p.CutReply("", 0)
	if got, err := call(t, p.Addr()).say("anything"); got != "" || !errors.Is(err, io.EOF) {
		t.Errorf("with every reply cut: %q, %v", got, err)
	}
	p.CutOneReply("hello", 2)
	if got, err := call(t, p.Addr()).say("hello"); got != "he" || err == nil {
		t.Errorf("with one reply cut: %q, %v", got, err)
	}
	call(t, p.Addr()).works(t)
}

func TestProxyCutsARequest(t *testing.T) {
	addr, heard := parrot(t)
	p := live.NewProxy(t, addr)
	p.CutRequest("the secret")
	c := call(t, p.Addr())
	c.works(t)
	if got, err := c.say("tell the secret now"); got != "" || err == nil {
		t.Errorf("the reply to what never arrived: %q, %v", got, err)
	}
	if n := heard.Load(); n != 1 {
		t.Errorf("the server heard %d lines, want 1", n)
	}
}

func TestProxyResets(t *testing.T) {
	addr, _ := parrot(t)
	p := live.NewProxy(t, addr)
	open := call(t, p.Addr())
	open.works(t)
	p.Reset()
	if _, err := open.hear(1); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("an open connection: %v", err)
	}
	if _, err := call(t, p.Addr()).say("hello"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a new connection: %v", err)
	}
	p.Restore()
	call(t, p.Addr()).works(t)
}

// TestProxyUnderLoad changes the fault while many talk: what arrives is never anything but
// the beginning of what was said, and in the end all is well.
func TestProxyUnderLoad(t *testing.T) {
	addr, _ := parrot(t)
	p := live.NewProxy(t, addr)
	stop := make(chan struct{})
	var talking sync.WaitGroup
	for n := range 8 {
		talking.Go(func() {
			line := strings.Repeat(fmt.Sprint(n), 50)
			for {
				select {
				case <-stop:
					return
				default:
				}
				c, err := net.Dial("tcp", p.Addr())
				if err != nil {
					continue
				}
				for range 5 {
					got, err := caller{c}.say(line)
					if !strings.HasPrefix(line+"\n", got) {
						t.Errorf("%q came for %q", got, line)
					}
					if err != nil {
						break
					}
				}
				c.Close()
			}
		})
	}
	for range 20 {
		for _, f := range []func(){p.Refuse, p.Hang, p.Reset, func() { p.CutReply("", 7) }, func() { p.CutRequest("3") }, func() { p.Slow(time.Millisecond, 20) }, p.Restore} {
			f()
			time.Sleep(2 * time.Millisecond)
		}
	}
	close(stop)
	talking.Wait()
	call(t, p.Addr()).works(t)
}
