// Package alarm tells the people who run an installation that something began which needs
// them, and that it ended: in the log, in what metrics read, and to a webhook.
//
// It guarantees that each condition is told once when it begins and once when it ends, and
// whatever flaps at most once within [Quiet] for each kind; that raising an alarm never
// waits for the log, for the network or for anybody else; and that a webhook reaches only
// the address its operator wrote (package post).
//
// It refuses to say anything about a person. Every text is a constant of this package, so
// that no address, code, token or tag can get into one, and no error here holds the
// webhook's URL, which is a secret.
package alarm
