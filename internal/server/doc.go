// Package server puts the doors behind HTTP: two listeners, public and private, and a third
// for the shop's own programs where that is wanted; the middleware in front of every handler, and the one table that turns errors into answers.
//
// It guarantees that every request has a deadline, a body of at most 8 KiB and a request
// id; that a client's address is the peer's unless a configured proxy vouches for another;
// that every error leaves as a problem document (RFC 9457) without a value of the request
// in it; and that serving ends by draining, not by cutting people off.
//
// It refuses to log or count what identifies anybody: no path values, queries, bodies,
// headers or addresses. Health and metrics are on the private listener only.
package server
