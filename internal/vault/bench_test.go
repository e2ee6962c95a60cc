package vault_test

import (
	"testing"

	"exposure/internal/breach"
)

func BenchmarkHotPaths(b *testing.B) {
	s := newServer(b)
	a, tag := address(b, "somebody@example.jp"), breach.Tag{1}
	sealed := s.Seal("session", make([]byte, 60), tag[:])
	for name, f := range map[string]func(){
		"Tag":     func() { s.Tag(a) },
		"CodeMAC": func() { s.CodeMAC([]byte("web"), tag[:], tag[:], []byte("12345678")) },
		"RowMAC":  func() { s.RowMAC("roster-tag", tag[:8], tag[:16], tag[:], tag[:], make([]byte, 200)) },
		"Seal":    func() { s.Seal("session", make([]byte, 60), tag[:]) },
		"Open":    func() { _, _ = s.Open("session", sealed, tag[:]) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}
