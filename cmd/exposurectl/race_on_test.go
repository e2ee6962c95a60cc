//go:build race

package main

// slowed: the race detector makes everything about ten times slower, also in the processes
// that a test starts and kills, in which it would see nothing that it does not see elsewhere.
const slowed = true
