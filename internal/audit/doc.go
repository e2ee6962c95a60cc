// Package audit is what gets written down: who did what, to whom, with what outcome,
// and the one byte form of it.
//
// It guarantees that an entry has exactly one encoding, which is what a hash over the
// log covers, and that an entry names people only by keyed tags. It refuses entries
// that nobody could make sense of later: an unknown action, a guess without attempt
// or tag, a free text that holds an address. It does no I/O.
package audit
