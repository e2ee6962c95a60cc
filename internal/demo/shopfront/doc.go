// Package shopfront is a shop's MY page as it should be after a breach, for the demo: it
// logs members in, closes the old way to a forgotten password, and takes new passwords
// from whoever comes with a ticket of the look-up. To the look-up it is a stranger like any
// shop: it knows nothing but the MY page API, over HTTP, with a client key.
//
// It guarantees that an old password opens nothing once a reset is ordered, that opening an
// address spends no ticket, that a ticket sets one new password per member and ends every
// session of theirs, that what the form refuses it refuses with the reason, that a
// completion is told until it is heard, and that the last list decides while the look-up
// cannot be reached. Login answers alike for a wrong password, an unknown address and a
// barred member. Guesses at passwords are limited by login name and by network, guesses at
// tickets by network.
//
// It refuses to keep a password it could read, or to say to anybody whether an address
// is a member's. Accounts, sessions and counts live in memory: it is a shop for trying
// things.
package shopfront
