// Package ratelimit counts: requests by network, mails by address, failures by both.
// Every limit has a name, a documented key and a default that operators can override.
//
// It guarantees that names, windows and keys are independent of each other, that limits
// on mails hold in any span of their length (a log, not a window with an edge), and that
// a limit that cannot be checked says so instead of letting through. Limits by network
// count in fixed windows: up to twice the limit passes across an edge of one. What is
// charged before its outcome is known can be given back, and never more than was taken.
//
// It refuses to see addresses: keys are keyed hashes made by the caller. It does not
// guard guesses at one person's codes; package otp does, and nothing here lifts that.
package ratelimit
