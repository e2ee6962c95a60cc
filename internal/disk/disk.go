// Package disk tells how much room is left where a file is kept, and from when on that is
// little: the server's alarm and the operator's doctor say the same.
package disk

// What is little of the disk of a database: its audit log grows by a few hundred bytes for each
// guess and each answer, at worst by a gigabyte in half a day. Without the last part there is
// no time to act.
const (
	Little = 1 << 30
	None   = 100 << 20
)
