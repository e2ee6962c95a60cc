// Package host is a small shop in PHP for tests. Towards a plugin it behaves as EC-CUBE
// 2.12 to 2.25 does: the same names of classes and tables, the same hooks at the same
// moments, sessions in the database with the real one's cookie and text, the three logins,
// the old page for forgotten passwords, and an admin in which a plugin is uploaded,
// enabled, set up, disabled and removed. Where the real one is lax so is this one: a session
// outlives its password, a request in flight puts a deleted session back, plugins run before
// forms are checked. It holds no line of the real one and sells nothing.
//
// It guarantees that a plugin gets what the real one gives it as far as the hooks, the
// database and the requests go. It does not guarantee that a shop's own design leaves room
// for what a plugin puts into a page, and it runs with the PHP of this machine only.
//
// It is for tests alone.
package host
