package roster

import (
	"errors"
	"fmt"
	"os"
)

// errNoFile: what is to be read is a pipe, a device or a folder. Opening a pipe waits
// for a writer that may never come, and every export is read more than once.
var errNoFile = errors.New("it is no ordinary file: save the export to disk first")

// openFile opens an export for reading; what names it in errors.
func openFile(path, what string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: opening %s: %w", ErrUnreadable, what, err)
	}
	return file, nil
}
