package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"exposure/internal/live"
)

// TestNoCoreDump: a server that was allowed to dump its memory as it was started does not, be
// it by a crash; and whoever else runs under its user cannot look into it.
func TestNoCoreDump(t *testing.T) {
	asAnyUser(t)
	s, _ := smallSite(t)
	// The program under which it starts raises the limit, as far as this machine lets it, has a
	// crash of the Go runtime end in a dump, and goes where that may lie.
	p := s.spawn(t, live.Redis(t), openPostOffice(t).url, "sh", "-c", `ulimit -S -c "$(ulimit -H -c)"; cd "$0"; GOTRACEBACK=crash exec "$@"`, t.TempDir())
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.Pid))
	must(t, err)
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 +bytes`).Match(limits) {
		t.Errorf("core dumps are not limited:\n%s", limits)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", p.Pid))
	if memory.Close(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("its memory can be opened, or not for another reason: %v", err)
	}
	must(t, p.Signal(syscall.SIGABRT))
	end, ok := p.wait().(*exec.ExitError)
	if !ok {
		t.Fatal("it lives on")
	}
	if status := end.Sys().(syscall.WaitStatus); !status.Signaled() || status.CoreDump() {
		t.Errorf("it ended with %v", end)
	}
}

// asAnyUser takes from root, for this test and what it starts, the right to look into whatever
// runs. The thread that lost it ends with the test.
func asAnyUser(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_PTRACE, 0, 0, 0); err != nil || has == 1 {
		must(t, unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_PTRACE, 0, 0, 0))
	}
	head, sets := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
	must(t, unix.Capget(&head, &sets[0]))
	sets[0].Effective &^= 1 << unix.CAP_SYS_PTRACE
	sets[0].Permitted &^= 1 << unix.CAP_SYS_PTRACE
	sets[0].Inheritable &^= 1 << unix.CAP_SYS_PTRACE
	must(t, unix.Capset(&head, &sets[0]))
}
