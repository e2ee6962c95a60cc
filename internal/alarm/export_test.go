package alarm

// Waiting is how many messages wait.
func (w *Webhook) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// MaxWaiting bounds them.
const MaxWaiting = maxWaiting
