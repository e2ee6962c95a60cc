// Package client knows the programs of a shop that may call the MY page interface: their
// names, their keys, and what each may do; and it stops one that probes.
//
// It guarantees that a key is never kept, only its hash; that keys are compared in
// constant time; that a client may do what its scopes say and nothing else; and that one
// that walks through member ids, or reports completions nobody has earned, is suspended
// before it has learned much, on every node and beyond restarts.
//
// It refuses to tell why a key is not accepted: unknown, revoked and suspended are one.
package client
