// Package reset carries out forced password resets: it plans them, orders them, gives
// customers the one-time right to set a new password, answers the shop, and keeps the
// shop's passwords in step through a connector, or takes note of what a kit in the shop did.
//
// It guarantees that publishing a list changes nothing in the shop, that every step is a
// legal one (breach.Reset) and committed together with its audit row, that a password
// becomes worthless only by an order, at most once for each order, and only while it is
// the one that was seen; and that a reset is completed only by a redeemed ticket and a
// changed password, or by a person who answers for it with their name.
//
// It refuses to see a password or to keep a hash of one: connectors hand out keyed
// fingerprints. A letter number or an agent never opens a reset.
package reset
