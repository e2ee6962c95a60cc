//go:build !race

package otp_test

const slowed = false
