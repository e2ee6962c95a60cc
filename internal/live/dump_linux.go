package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// DumpingShell runs the command given as its arguments, after a folder for what it leaves: core
// dumps are allowed as far as this machine lets them, and a crash of Go's runtime ends in one.
const DumpingShell = `ulimit -S -c "$(ulimit -H -c)"; cd "$0"; GOTRACEBACK=crash exec "$@"`

// AsAnyUser takes from root, for this test and what it starts from now on, the right to look
// into whatever runs. The thread that lost it ends with the test.
func AsAnyUser(tb TB) {
	tb.Helper()
	if os.Getuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if err := dropTracing(); err != nil {
		tb.Fatalf("giving up root's right to look: %v", err)
	}
}

func dropTracing() error {
	if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_PTRACE, 0, 0, 0); err != nil || has == 1 {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_PTRACE, 0, 0, 0); err != nil {
			return err
		}
	}
	head, sets := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
	if err := unix.Capget(&head, &sets[0]); err != nil {
		return err
	}
	sets[0].Effective &^= 1 << unix.CAP_SYS_PTRACE
	sets[0].Permitted &^= 1 << unix.CAP_SYS_PTRACE
	sets[0].Inheritable &^= 1 << unix.CAP_SYS_PTRACE
	return unix.Capset(&head, &sets[0])
}

// Undumped has a process crash that was started by DumpingShell after AsAnyUser, and returns
// what lets its memory be seen: nil if nothing does. wait waits for its end.
func Undumped(p *os.Process, wait func() error) error {
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.Pid))
	if err == nil && !regexp.MustCompile(`(?m)^Max core file size +0 +0 +bytes`).Match(limits) {
		err = fmt.Errorf("core dumps are not limited:\n%s", limits)
	}
	memory, opened := os.Open(fmt.Sprintf("/proc/%d/mem", p.Pid))
	if memory.Close(); !errors.Is(opened, fs.ErrPermission) {
		err = errors.Join(err, fmt.Errorf("its memory can be opened, or not for another reason: %v", opened))
	}
	if failed := p.Signal(syscall.SIGABRT); failed != nil {
		return errors.Join(err, failed)
	}
	end, ok := errors.AsType[*exec.ExitError](wait())
	if !ok {
		return errors.Join(err, errors.New("it lives on"))
	}
	if status := end.Sys().(syscall.WaitStatus); !status.Signaled() || status.CoreDump() {
		err = errors.Join(err, fmt.Errorf("it ended with %w", end))
	}
	return err
}
