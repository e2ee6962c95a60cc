package session

// Size is the number of sessions kept.
func Size(m *Memory) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}
