// Package ratelimit counts: requests by network, mails by address, failures by both.
// Every limit has a name, a documented key and a default that operators can override.
//
// It guarantees that names, windows and keys are independent of each other, that limits
// on mails hold in any span of their length (a log, not a window with an edge), and that
// a limit that cannot be checked says so instead of letting through. Limits by network
// count in fixed windows: up to twice the limit passes across an edge of one. A client's
// networks are charged all together or not at all, so that requests that are refused begin
// no counters, from however many networks they come. What is charged before its outcome is
// known can be given back, and never more than was taken: a mail's takes by its receipt,
// which names them and no other, so that the mails that leave keep their limits in any
// span whatever is given back in between. Which of its limits a mail is counted by, where
// some are used up, is decided in the step that counts it.
//
// Memory is bounded: of fixed windows and of windows that can be given back this process keeps
// at most 400,000 each, of exact logs 500,000, about 110 MB each, and nearly as much again
// that waits for the garbage collector. 150,000 of the 400,000 are for networks within one
// that is counted along with them: where they find no room the wider one counts alone, so that
// no number of addresses keeps other networks out. Of further networks that lie in no wider
// one it says that they cannot be checked. No counter makes room for another. In Redis a key
// holds a few numbers, an exact log one timestamp for each mail allowed (at most 1,000), and
// every key expires with its window.
// A take is sent once: where its reply is lost it is refused and stays counted, on a
// Cluster as well, whose client repeats other calls.
//
// It refuses to see addresses: keys are keyed hashes made by the caller. It does not
// guard guesses at one person's codes; package otp does, and nothing here lifts that.
package ratelimit
