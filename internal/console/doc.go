// Package console is the door of the call centre: the desk's pages, which need no script,
// and the same as JSON.
//
// It guarantees that nobody is answered who is not signed in now, that what is shown of a
// caller is what agent returned for this request and nothing kept from an earlier one, and
// that no address, code, letter number or note stands in an address of ours, in a hidden
// field or in what a browser keeps: forms go by POST, their answers lead to the call's
// opaque id, and the call's own sealed record remembers.
//
// It refuses to decide: who may do what, what is proven and for how long are agent's,
// statuses of errors are server's. It is for the private listener alone.
package console
