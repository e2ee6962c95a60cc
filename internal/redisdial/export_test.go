package redisdial

import "log/slog"

// SlotOf is the slot of a key.
var SlotOf = slotOf

// Gathering makes a client gather its calls, with a patience of the test's.
var Gathering = gathering

// Waiting is how many calls wait for a round trip.
func (g *gather) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls
}

// MostGathered is how many calls no round trip waits beyond.
const MostGathered = mostGathered

// ClientLog is the logger that LogTo gives to the library.
func ClientLog(log *slog.Logger) *clientLog { return &clientLog{log: log} }
