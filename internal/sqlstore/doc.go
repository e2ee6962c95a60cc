// Package sqlstore keeps the roster and the audit log in SQLite.
//
// It guarantees that "not on the list" is only said when proven: every row of the
// roster is authenticated together with the tag that follows it, so that a cut-off,
// edited, mixed or half-restored table reads as [breach.ErrUnproven] and never as an
// absence. A version of the roster is visible only once it is complete, a look-up
// reads one snapshot, and an audit row that was reported written is on the disk.
//
// The same holds for what surrounds the list. People, evidence and review records are
// authenticated row by row and counted; publications and decisions name the row before
// them; and nothing about them is told before it is proven: not that a person was dropped
// by a version, that two versions differ, that a record is undecided, or that the look-up
// is open. An import holds a few thousand rows in memory, writes in short transactions
// that leave others room, and can be killed at any moment.
//
// What was proven about the publication and the pauses is not proven again while nothing was
// committed but audit rows of this process. The index of the journal tells: whatever any
// program commits is seen by the next question.
//
// Guesses that count against somebody are proven one by one before they are counted, and
// kept as long as nobody else commits anything; that one of them is gone is seen only by
// reading the log as a whole, which the server does at its start and every ten minutes.
//
// The audit log is a Merkle log: each row is sealed to its place, and what the log is as
// a whole is sealed and, now and then, signed. Rows, tree and heads are written in one
// transaction, so that a kill leaves a log that is whole, and two programs one tree.
//
// It refuses to create or change a schema by accident (only [Migrate] does), to work
// on a schema it was not built for, to publish what it cannot prove, and to append to an
// audit log that is shorter or longer than it was left. What it cannot see by itself is a
// whole database put back to an older state while no program runs: that takes a signed
// head of the audit log kept elsewhere ([DB.VerifyAudit], [DB.BeginsWith]).
package sqlstore
