package disk

import "syscall"

// remote are the file systems (statfs(2)) on which SQLite's locks are not to be trusted.
func remote(kind int64) bool {
	switch uint32(kind) {
	case 0x6969, // NFS
		0xff534d42, 0xfe534d42, 0x517b, // CIFS, SMB2, SMB
		0x65735546,             // FUSE
		0x01021997,             // 9P
		0x00c36400,             // Ceph
		0x5346414f, 0x6b414653, // AFS
		0x01161970, 0x7461636f: // GFS2, OCFS2
		return true
	}
	return false
}

// Volume tells how many bytes a folder's disk has left for us and whether it is local.
func Volume(dir string) (free int64, local, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, false
	}
	return int64(s.Bavail) * int64(s.Bsize), !remote(int64(s.Type)), true
}
