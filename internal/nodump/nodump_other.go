//go:build !linux

package nodump

// Forbid does nothing here: only Linux lets a process ask for it.
func Forbid() error { return nil }
