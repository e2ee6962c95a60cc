// Package live starts real servers for tests: what counts and consumes is proven against
// the thing itself.
//
// It guarantees that a server listens on the loopback interface only, leaves nothing on
// disk, and ends with the test, even with one that is killed. Where the program is not
// installed the test is skipped with a reason; with CI=true it fails.
//
// It refuses to use a server it did not start.
package live

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Cleanup(func())
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	TempDir() string
}
