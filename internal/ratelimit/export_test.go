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

// Taken, Weigh, Choose and Withdraw are the specification of exact limits.
type Taken = taken

// TakenAt makes one take.
func TakenAt(at int64, id Receipt) Taken { return taken{at, id} }

// At is when it was taken.
func (t taken) At() int64 { return t.at }

// ID is its receipt.
func (t taken) ID() Receipt { return t.id }

var (
	Weigh    = weigh
	Choose   = choose
	Withdraw = withdraw
)
