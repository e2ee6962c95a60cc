package nodump

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Forbid is the first thing a program does. The limit alone would not do, since a core_pattern
// that is a pipe (systemd-coredump, apport) is not bound by it; nor the flag alone, which nobody
// sees who looks into /proc/PID/limits. An error means that the kernel, or who confines the
// process, refused one of the two.
func Forbid() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core dumps: setrlimit: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbidding core dumps: prctl: %w", err)
	}
	return nil
}
