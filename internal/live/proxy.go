package live

import (
	"net"
	"sync"
	"time"
)

// Proxy stands between a client and a server and breaks the line between them. A fault
// holds, for open connections and new ones, until the next is set or Restore is called.
// It is safe for concurrent use and ends with the test.
type Proxy struct {
	tb           TB
	addr, target string
	running      sync.WaitGroup

	mu       sync.Mutex
	fault    *fault
	changed  chan struct{} // closed when the fault changes
	listener net.Listener  // nil while connections are refused
	lines    map[*line]bool
	held     int
}

// kind is what a proxy does to what passes it.
type kind int

const (
	forwards kind = iota
	refuses
	hangs
	slows
	resets
	cutsRequest
	cutsReply
)

type fault struct {
	kind    kind
	delay   time.Duration // slows
	size    int           // slows: of a piece; cutsReply: what of the reply arrives
	request []byte        // cuts: what the client sends; empty is anything
	once    bool          // cutsReply: one
}

// NewProxy forwards a port of the loopback interface to that host:port.
func NewProxy(tb TB, target string) *Proxy {
	tb.Helper()
	p := &Proxy{tb: tb, addr: "127.0.0.1:0", target: target, fault: &fault{}, changed: make(chan struct{}), lines: map[*line]bool{}}
	if err := p.listen(); err != nil {
		tb.Fatalf("opening a proxy: %v", err)
	}
	p.addr = p.listener.Addr().String()
	tb.Cleanup(func() {
		_ = p.set(&fault{kind: refuses})
		p.running.Wait()
	})
	return p
}

// Addr is where clients connect to. It stays the same.
func (p *Proxy) Addr() string { return p.addr }

// Restore forwards again. What was held goes on.
func (p *Proxy) Restore() { p.change(&fault{}) }

// Refuse closes all connections and refuses new ones.
func (p *Proxy) Refuse() { p.change(&fault{kind: refuses}) }

// Hang accepts connections and holds whatever is sent, both ways.
func (p *Proxy) Hang() { p.change(&fault{kind: hangs}) }

// Slow lets each piece of a reply wait, of at most that many bytes if size is not 0.
func (p *Proxy) Slow(delay time.Duration, size int) {
	p.change(&fault{kind: slows, delay: delay, size: size})
}

// Reset resets all connections, and new ones as soon as anything is sent.
func (p *Proxy) Reset() { p.change(&fault{kind: resets}) }

// CutRequest closes a connection over which this is sent, before the end of it reaches
// the server.
func (p *Proxy) CutRequest(request string) {
	p.change(&fault{kind: cutsRequest, request: []byte(request)})
}

// CutReply closes a connection over which this was sent, after so many bytes of what the
// server says from then on: the server has done what it was asked for. An empty request
// is anything.
func (p *Proxy) CutReply(request string, after int) {
	p.change(&fault{kind: cutsReply, request: []byte(request), size: after})
}

// CutOneReply is CutReply until it has cut one.
func (p *Proxy) CutOneReply(request string, after int) {
	p.change(&fault{kind: cutsReply, request: []byte(request), size: after, once: true})
}

// Held is how many pieces that clients sent are being held.
func (p *Proxy) Held() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

func (p *Proxy) change(f *fault) {
	p.tb.Helper()
	if err := p.set(f); err != nil {
		p.tb.Fatalf("opening the proxy again: %v", err)
	}
}

func (p *Proxy) set(f *fault) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	close(p.changed)
	p.changed = make(chan struct{})
	if f.kind != refuses {
		if f.kind == resets {
			p.endLines((*line).reset)
		}
		return p.listen()
	}
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	p.endLines((*line).end)
	return nil
}

func (p *Proxy) endLines(end func(*line)) {
	for l := range p.lines {
		end(l)
	}
}

// listen opens the port if it is closed. Somebody else may have it for a moment.
func (p *Proxy) listen() (err error) {
	if p.listener != nil {
		return nil
	}
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		if p.listener, err = net.Listen("tcp", p.addr); err == nil {
			break
		}
		if p.listener = nil; time.Now().After(deadline) {
			return err
		}
	}
	ln := p.listener
	p.running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.connect(c.(*net.TCPConn)) })
		}
	})
	return nil
}

// connect carries one connection to its end.
func (p *Proxy) connect(client *net.TCPConn) {
	server, err := net.DialTimeout("tcp", p.target, replyTimeout)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &line{client: client, server: server.(*net.TCPConn), over: make(chan struct{})}
	p.mu.Lock()
	p.lines[l] = true
	if p.fault.kind == refuses { // since it was accepted
		l.end()
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.carry(l.client, l.server, p.up) })
	both.Go(func() { l.carry(l.server, l.client, p.down) })
	both.Wait()
	l.end()
	p.mu.Lock()
	delete(p.lines, l)
	p.mu.Unlock()
}
