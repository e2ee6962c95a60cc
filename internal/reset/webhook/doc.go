// Package webhook is the connector "webhook:URL": it tells a shop of any kind which of its
// members must set a new password, and who has. The shop makes old passwords and sessions
// worthless itself.
//
// Events are password_reset.required, password_reset.unverified (a password was changed
// without a ticket of ours; the member stays barred) and password_reset.completed:
//
//	{"type":"password_reset.required","timestamp":"2023-12-01T09:00:00Z",
//	 "data":{"member_id":"1024","state":"required","since":"2023-12-01T09:00:00Z"}}
//
// It guarantees that every member's newest state is told until the shop answered 2xx, at
// least once, with one webhook-id however often it takes; that a member's events are told
// in their order, and one member whose event is refused keeps no other from being told;
// that what is told was proven when it is sent; and that two processes do not deliver at
// the same time, short of one that stood still for longer than its lease. An event that a
// later one of the same member overtook before it was accepted is not told any more: a
// "required" that arrives after the new password was set would take that one away. While
// orders are held, only completions are told.
//
// A failed attempt is repeated after 5 seconds, then after twice as long each time, up to
// 15 minutes, for at least 24 hours; then the event is a dead letter, which an operator
// queues again. While nobody is answered, one message at a time finds out whether that is
// over. Retry-After is kept, up to an hour. 410 stops everything until an operator goes on.
//
// It refuses to send without a signature, and anything but to the address that the
// configuration names (package post, which also says what a receiver has to check).
//
// # What the shop does
//
// After the checks of package post: on "required" and "unverified" it makes the password of
// data.member_id worthless and ends every session of this member, unless data.since is
// older than what it did for this member last; on "completed" it may drop what it keeps
// about the member. It answers 2xx only once that is done: "required" answered with 2xx
// counts as done here, with the time. Whoever is in doubt asks the gate, which always
// knows.
package webhook
