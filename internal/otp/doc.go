// Package otp decides whether a mailed code is accepted, and which kind of code the
// next mail carries. Everything that protects a person against guessing is here.
//
// It guarantees, whatever arrives in parallel: a code is accepted at most once; a
// verification takes five tries in all, counted before anything is compared; at most
// ten short codes of a person are compared and refused in any 30 days, and 50 in a row,
// united from the store's own log and from what the audit table remembers, so that both
// must lose data for a count to fall; nobody can use these limits to keep the owner of
// a mailbox out, because the mails then carry codes of 20 digits that no budget refuses;
// an attempt that arrives twice is judged once; and nothing is evicted to make room.
//
// The functions decide, issue, withdraw and revive are the one specification. They are pure: the
// state of one person and the time go in, the new state and the ruling come out.
// [Memory] runs them under a lock. [Redis] runs the same steps as scripts (lua/*.lua),
// which are checked against them by random histories on a real server.
//
// It refuses to know codes, addresses or secrets: codes come in as MACs, people as tags.
// Even a lying Redis cannot have a wrong code accepted: an acceptance must show the half
// of the MAC that the guess did not send. Nor can one that forgot have a code accepted
// twice: a code whose acceptance is in the audit table is refused, and an acceptance holds
// only if, once its own row is there, it is the only one and within the budget. So this
// does not depend on how Redis keeps its data: a promoted replica that lags behind, a disk
// that was put back or a lost shard of a Cluster cost codes that were mailed and tries of
// verifications that ran, and lower no budget.
//
// What guesses leave is bounded by the limits of networks alone, since any bound of an
// address could be used up by strangers: 290 bytes of Redis for an hour and a half for each
// verification that was begun without a mail and tried, and 305 more for its first minute. A
// thousand /24 that fail as often as failed-net allows leave 130 MB.
package otp
