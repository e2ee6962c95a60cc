package sqlstore

import "sync/atomic"

// logDoubt is what reading the whole audit log found. Whoever answers out of rows that are
// bound to the log's asks it first: what was written about such a row may be gone from the
// log as well, and an older row would then pass for the newest.
type logDoubt struct{ found atomic.Pointer[error] }

// Distrust notes what proving the whole audit log found, nil when that was well. While it is
// an error nothing is answered and nothing is changed that rests on the log. It must wrap
// breach.ErrUnproven.
func (d *logDoubt) Distrust(err error) {
	if err == nil {
		d.found.Store(nil)
		return
	}
	d.found.Store(&err)
}

// trusted refuses while the audit log is known to be altered.
func (d *logDoubt) trusted() error {
	if err := d.found.Load(); err != nil {
		return *err
	}
	return nil
}
