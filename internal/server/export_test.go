package server

import "net/http"

// Servers gives tests the two http.Servers as they were set up.
func (s *Server) Servers() (public, private *http.Server) { return s.public.Server, s.private.Server }

// Sentinels lists the errors of the table, and how each is answered.
func Sentinels() map[error]int {
	m := map[error]int{}
	for _, row := range table {
		m[row.err] = row.kind.status
	}
	return m
}
