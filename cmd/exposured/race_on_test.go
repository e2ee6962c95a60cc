//go:build race

package main

// slowed: the race detector makes everything about ten times slower, so that a burst may
// run into the server's deadline and be told to come back.
const slowed = true
