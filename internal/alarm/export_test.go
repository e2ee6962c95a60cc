package alarm

import "net/netip"

// Allowed tells whether a webhook whose URL names that host may connect to an address.
func Allowed(host string, to netip.Addr) bool { return allowed(host, to) }

// Waiting is how many messages wait.
func (w *Webhook) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// MaxWaiting bounds them.
const MaxWaiting = maxWaiting
