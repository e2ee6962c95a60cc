package ratelimit

// Names are all limits.
func Names() []Name {
	var names []Name
	for n := range Default() {
		names = append(names, n)
	}
	return names
}

// Exact tells whether a limit holds in any span.
func (n Name) Exact() bool { return n.exact() }
