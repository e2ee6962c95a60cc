package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// forbidDumps keeps what is in this process's memory, keys, codes and addresses, from ever
// being written to a disk by a crash, and from other processes of the same user: these can
// neither attach to it nor read its memory and environment. The limit alone would not do,
// since a core_pattern that is a pipe (systemd-coredump, apport) is not bound by it; nor the
// flag alone, which nobody sees who looks into /proc/PID/limits.
func forbidDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core dumps: setrlimit: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbidding core dumps: prctl: %w", err)
	}
	return nil
}
