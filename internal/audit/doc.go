// Package audit is what gets written down: who did what, to whom, with what outcome,
// the one byte form of it, and what makes a log of it show every change.
//
// It guarantees that an entry has exactly one encoding, which is what a hash over the
// log covers, and that an entry names people only by keyed tags. It refuses entries
// that nobody could make sense of later: an unknown action, a guess without attempt
// or tag, a free text that holds an address.
//
// A log is a Merkle tree as RFC 6962 has it. A row is a leaf, sealed to its place under a
// key, so that whoever may write the database cannot make a changed row fit again. The
// root over all rows is signed as a head, in the form of a signed note; a head that is
// kept elsewhere shows when the log was put back or written anew, even by somebody who
// has the keys. A check ([Checker]) names the first row that is not what was written.
//
// It does no I/O.
package audit
