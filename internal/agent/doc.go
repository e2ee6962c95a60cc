// Package agent is the call centre's desk: the accounts of those who answer the toll-free
// line, the calls they take, and the notes they leave for the shop.
//
// It guarantees that an agent sees nothing of anybody before the caller has proven a
// mailbox or a letter, and then what the caller would see on the look-up page, for the time
// of that call; that nothing an agent can do tells whether an address is known; and that
// every step leaves an audit row with agent, call and outcome before its answer is shown.
//
// It refuses to search, to list people and to remember them: what was shown fades after ten
// minutes, and a note for the shop is sealed to the operator as it is taken.
package agent
