package live

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"time"
)

// line is one connection through a proxy.
type line struct {
	client, server *net.TCPConn
	once           sync.Once
	over           chan struct{}

	asked []byte // the end of what the client sent
	cut   *fault // that cuts its replies
	left  int    // bytes before it does
}

// carry hands on what comes until either side ends.
func (l *line) carry(from, to *net.TCPConn, decide func(*line, []byte) bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !decide(l, buf[:n]) {
			return
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

func (l *line) send(to *net.TCPConn, piece []byte) bool {
	_, err := to.Write(piece)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		l.end()
	}
	return err == nil
}

// asks tells whether this ends in what the client has sent with this piece.
func (l *line) asks(request, piece []byte) bool {
	text := append(l.asked, piece...)
	found := bytes.Contains(text, request)
	l.asked = bytes.Clone(text[max(0, len(text)-max(0, len(request)-1)):])
	return found
}

// end closes the line.
func (l *line) end() {
	l.once.Do(func() {
		close(l.over)
		_ = l.client.Close()
		_ = l.server.Close()
	})
}

// reset closes the line so that the client hears of no end but of a reset.
func (l *line) reset() {
	l.once.Do(func() {
		close(l.over)
		_ = l.client.SetLinger(0)
		_ = l.client.Close()
		_ = l.server.Close()
	})
}

// now is the fault that holds, and what is closed when it does not any more.
func (p *Proxy) now() (*fault, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault, p.changed
}

// up decides about a piece a client sent.
func (p *Proxy) up(l *line, piece []byte) bool {
	f := p.past(l, 1)
	if f.kind == cutsRequest && l.asks(f.request, piece) {
		l.end()
		return false
	}
	if f.kind == cutsReply && l.asks(f.request, piece) {
		p.mu.Lock()
		if l.cut != f {
			l.cut, l.left = f, f.size
		}
		p.mu.Unlock()
	}
	return f.kind != resets && l.send(l.server, piece)
}

// down decides about a piece a server sent.
func (p *Proxy) down(l *line, piece []byte) bool {
	f := p.past(l, 0)
	switch f.kind {
	case resets:
		return false
	case slows:
		return p.slowly(l, f, piece)
	case cutsReply:
		p.mu.Lock()
		due := l.cut == f && l.left <= len(piece)
		if due {
			piece = piece[:l.left]
			if f.once && p.fault == f {
				p.fault = &fault{}
			}
		} else if l.cut == f {
			l.left -= len(piece)
		}
		p.mu.Unlock()
		if due {
			_ = l.send(l.client, piece)
			l.end()
			return false
		}
	}
	return l.send(l.client, piece)
}

// past waits while everything hangs, and resets the line if that is the fault. What is
// held counts as that many requests.
func (p *Proxy) past(l *line, requests int) *fault {
	for {
		f, changed := p.now()
		if f.kind == resets {
			l.reset()
		}
		if f.kind != hangs {
			return f
		}
		p.hold(requests)
		select {
		case <-changed:
		case <-l.over:
		}
		p.hold(-requests)
		select {
		case <-l.over:
			return &fault{kind: resets} // nothing to carry any more
		default:
		}
	}
}

func (p *Proxy) hold(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += n
}

func (p *Proxy) slowly(l *line, f *fault, piece []byte) bool {
	for len(piece) > 0 {
		n := len(piece)
		if f.size > 0 {
			n = min(n, f.size)
		}
		now, changed := p.now()
		if now == f {
			timer := time.NewTimer(f.delay)
			select {
			case <-timer.C:
			case <-changed:
			case <-l.over:
			}
			timer.Stop()
		}
		if !l.send(l.client, piece[:n]) {
			return false
		}
		piece = piece[n:]
	}
	return true
}
