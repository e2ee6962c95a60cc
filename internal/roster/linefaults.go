package roster

import (
	"fmt"
	"strings"
)

// mostLineFaults is how many mistakes of a file are named.
const mostLineFaults = 20

// lineFaults collects mistakes of a file by line.
type lineFaults struct {
	of    error
	lines []string
	more  int
}

func (f *lineFaults) add(line int, reason string) {
	if len(f.lines) == mostLineFaults {
		f.more++
		return
	}
	f.lines = append(f.lines, fmt.Sprintf("\n  line %d: %s", line, reason))
}

func (f *lineFaults) err() error {
	if len(f.lines) == 0 {
		return nil
	}
	more := ""
	if f.more > 0 {
		more = fmt.Sprintf("\n  … and %d more", f.more)
	}
	return fmt.Errorf("%w:%s%s", f.of, strings.Join(f.lines, ""), more)
}
