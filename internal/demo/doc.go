// Package demo invents a doll shop of exactly the size of the notice, so that the
// whole product can be tried on a machine that has nothing but Go.
//
// It guarantees that the invented shop has the published numbers by construction,
// that the same seed gives the same bytes, and that its files are what a real shop
// system exports, its broken quoting included. It refuses to look real: mailboxes
// are under example domains or marked as made up, telephone numbers do not exist.
package demo
