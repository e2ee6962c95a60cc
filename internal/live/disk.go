package live

import (
	"fmt"
	"os/exec"
)

// Disk is a folder with a file system of its own that holds so much, as mount writes it: "24m".
// Where none may be mounted the test ends as by Missing.
func Disk(tb TB, size string) string {
	tb.Helper()
	dir := tb.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		Missing(tb, fmt.Sprintf("a small disk cannot be mounted here: %v: %s", err, out))
	}
	tb.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			tb.Fatalf("unmounting: %v: %s", err, out)
		}
	})
	return dir
}
