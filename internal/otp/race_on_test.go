//go:build race

package otp_test

// slowed: the race detector makes everything about ten times slower.
const slowed = true
