package server

import (
	"container/list"
	"context"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// defaultConnections is how many connections a listener has open at a time. One costs about
// 20 KB, so that these are 40 MB, whoever keeps them open; a proxy that reuses connections needs
// one for each request under way, a few hundred at a thousand a second even if each takes long.
const defaultConnections = 2048

// crowd is the connections of one listener, of which there are never more than most. Accepting
// never waits for room, or a handful of slow clients would shut everybody out: whoever comes over
// the bound is let in for the one who is missed least. That is who has nothing asked and has been
// idle for longest; then who has been sent an answer for longest, which takes long only if nobody
// reads it; then whose request has been on its way for longest. So of half-sent requests as many
// have to come as there is room, within the time in which an honest one arrives, to be in anybody's
// way. A request that has come whole is answered; if all are, the new one is closed.
//
// Nobody is told from others by their address: TLS ends in front, where every peer is the proxy.
type crowd struct {
	most int
	shed prometheus.Counter

	mu                                 sync.Mutex
	places                             map[net.Conn]place
	arriving, answering, sending, idle *queue
}

// queue is the connections of one state, of which those come first that are in it for longest.
type queue struct {
	list.List // of net.Conn
	length    prometheus.Gauge
}

// place is where a connection stands.
type place struct {
	in *queue
	at *list.Element
}

func newCrowd(most int, m *metrics, listener string) *crowd {
	in := func(state string) *queue { return &queue{length: m.connections.WithLabelValues(listener, state)} }
	return &crowd{
		most: most, shed: m.shed.WithLabelValues(listener), places: map[net.Conn]place{},
		arriving: in("arriving"), answering: in("answering"), sending: in("sending"), idle: in("idle"),
	}
}

// bounded is a listener with a crowd.
type bounded struct {
	net.Listener
	crowd *crowd
}

// Accept implements net.Listener.
func (b bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil || b.crowd.enter(conn) {
			return conn, err
		}
	}
}

// boundedServer serves no more connections than its crowd may have.
type boundedServer struct {
	crowd *crowd
	*http.Server
}

// Serve answers those who come through the listener.
func (b *boundedServer) Serve(ln net.Listener) error {
	return b.Server.Serve(bounded{ln, b.crowd})
}

// enter lets a connection in and closes another for it if need be, or closes the new one.
func (c *crowd) enter(conn net.Conn) bool {
	c.mu.Lock()
	var gone net.Conn
	if len(c.places) >= c.most {
		if gone = c.missedLeast(); gone == nil {
			gone = conn
		}
		c.leave(gone)
		c.shed.Inc()
	}
	if gone != conn {
		c.move(conn, c.arriving)
	}
	c.mu.Unlock()
	if gone != nil {
		_ = gone.Close() // whoever reads from it ends by that
	}
	return gone != conn
}

// missedLeast is nil if all are being answered.
func (c *crowd) missedLeast() net.Conn {
	for _, q := range []*queue{c.idle, c.sending, c.arriving} {
		if first := q.Front(); first != nil {
			return first.Value.(net.Conn)
		}
	}
	return nil
}

// move puts a connection, which may be new, at the end of a queue.
func (c *crowd) move(conn net.Conn, to *queue) {
	c.leave(conn)
	c.places[conn] = place{to, to.PushBack(conn)}
	to.length.Inc()
}

func (c *crowd) leave(conn net.Conn) {
	if p, here := c.places[conn]; here {
		p.in.Remove(p.at)
		p.in.length.Dec()
		delete(c.places, conn)
	}
}

// changed is told by net/http what becomes of a connection. One that was idle is so until the
// headers of its next request have come.
func (c *crowd) changed(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, here := c.places[conn]
	switch {
	case !here: // closed by us
	case s == http.StateIdle:
		c.move(conn, c.idle)
	case s == http.StateActive && p.in == c.idle:
		c.move(conn, c.arriving)
	case s == http.StateClosed, s == http.StateHijacked: // no request's any more
		c.leave(conn)
	}
}

// arrived says that a request has come whole.
func (c *crowd) arrived(conn net.Conn) { c.put(conn, c.answering) }

// put moves a connection that is still here.
func (c *crowd) put(conn net.Conn, to *queue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, here := c.places[conn]; here {
		c.move(conn, to)
	}
}

// connKey is that of the connection in the context of its requests.
type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// watch sees when requests have come whole: a body that trickles in keeps nobody else out. Of a
// GET no handler reads the body, so that it has come with its headers, and what it is answered is
// not cut while it is made. Afterwards net/http reads the body before it sends the answer, and
// whoever does not send what they announced is on the way again: or such requests would shut
// everybody out. Any other request whose body no handler reads, as of a refusal or where none
// belongs, is on its way all the time: over the bound its answer may be cut, though what was done
// is committed, as when the line breaks.
func (c *crowd) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, known := r.Context().Value(connKey{}).(net.Conn)
		switch {
		case !known:
		case r.Body == http.NoBody:
			c.arrived(conn)
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
			c.arrived(conn)
			defer c.put(conn, c.arriving)
		default:
			r = r.WithContext(r.Context()) // a copy: net/http closes gently where it sees that its own body was not read
			r.Body = &coming{r.Body, func() { c.arrived(conn) }}
		}
		if known {
			w = &answer{ResponseWriter: w, begins: func() { c.put(conn, c.sending) }}
		}
		next.ServeHTTP(w, r)
	})
}

// answer says when it begins to be sent. From then on it is up to the client how long it takes.
type answer struct {
	http.ResponseWriter
	begins func()
	begun  bool
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter: redirects have no more.
func (a *answer) WriteHeader(status int) {
	a.begin()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(p)
}

func (a *answer) begin() {
	if !a.begun {
		a.begun = true
		a.begins()
	}
}

// coming is a body that says when its end was read.
type coming struct {
	io.ReadCloser
	whole func()
}

// Read implements io.Reader.
func (b *coming) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.whole()
	}
	return n, err
}
