package mailer

import (
	"net"
	"sync/atomic"
	"time"
)

// timedConn gives every read and write its own deadline, within one for the whole
// dialogue. The SMTP library sets a single deadline when it dials and again before each
// mail, too late for a connection that was kept; its deadlines are ignored.
type timedConn struct {
	net.Conn
	step time.Duration
	end  atomic.Int64 // of the whole, unix nanoseconds
}

func (c *timedConn) limit(end time.Time) { c.end.Store(end.UnixNano()) }

func (c *timedConn) deadline() time.Time {
	step, end := time.Now().Add(c.step), time.Unix(0, c.end.Load())
	if end.Before(step) {
		return end
	}
	return step
}

// Read waits at most one step.
func (c *timedConn) Read(p []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(c.deadline()); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write waits at most one step.
func (c *timedConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(c.deadline()); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// SetDeadline does nothing.
func (c *timedConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *timedConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *timedConn) SetWriteDeadline(time.Time) error { return nil }
