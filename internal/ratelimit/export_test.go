package ratelimit

// Names are all limits that Take takes from.
func Names() []Name {
	var names []Name
	for n := range Default() {
		if !n.distinct() {
			names = append(names, n)
		}
	}
	return names
}

// DistinctNames are all others.
func DistinctNames() []Name {
	var names []Name
	for n := range Default() {
		if n.distinct() {
			names = append(names, n)
		}
	}
	return names
}

// Exact tells whether a limit holds in any span.
func (n Name) Exact() bool { return n.exact() }
