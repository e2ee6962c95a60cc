package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	room "exposure/internal/disk"
)

// disk looks at the folder of a database that is a file.
func (i Installation) disk(_ context.Context, p *patient) {
	path, isFile := strings.CutPrefix(i.Database, "sqlite:")
	if !isFile || path == "" {
		return
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		p.warn("run chmod 600 on it", "the database can be read by others than its owner (mode %04o)", info.Mode().Perm())
	}
	f, err := os.CreateTemp(dir, ".exposure-doctor-*")
	if err != nil {
		p.trouble("give the folder to the user that runs the server: SQLite needs files beside the database", "the folder of the database cannot be written to: %v", unwrapped(err))
		return
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		p.warn("look at the folder's disk", "a file in the folder of the database could not be removed: %v", unwrapped(err))
	}
	free, local, known := room.Volume(dir)
	switch {
	case !known:
		p.ok("the folder of the database can be written to")
		return
	case free < room.None:
		p.trouble("make room: with a full disk nobody is answered", "the disk of the database has %d MiB left", free>>20)
	case free < room.Little:
		p.warn("make room", "the disk of the database has %d MiB left", free>>20)
	default:
		p.ok("the folder of the database can be written to, and its disk has %d GiB left", free>>30)
	}
	if !local {
		p.trouble("put it on a local disk: SQLite loses data where locks or flushes do not work", "the database is on a network or user-space file system")
	}
}

// unwrapped drops the path, which differs from run to run.
func unwrapped(err error) error {
	if e := new(fs.PathError); errors.As(err, &e) {
		return e.Err
	}
	return err
}
