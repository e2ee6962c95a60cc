package demo

import (
	"fmt"
	"strconv"
)

// Login is how a live member logs in to the shop.
type Login struct {
	MemberID string
	Address  string
	// Password is the one from before the breach, of members who are examples. Nobody
	// knows the others'.
	Password string
}

// Logins are all who may log in: neither withdrawn nor provisional.
func (s *Shop) Logins() []Login {
	example := map[string]bool{}
	for _, e := range s.examples {
		example[e.Email] = true
	}
	var all []Login
	for _, m := range s.members {
		if m.withdrawn || m.provisional {
			continue
		}
		l := Login{MemberID: strconv.Itoa(m.id), Address: m.email}
		if example[m.email] {
			l.Password = oldPassword(m.id)
		}
		all = append(all, l)
	}
	return all
}

// oldPassword invents a password as people had them: a word and a number, too short for
// today.
func oldPassword(id int) string {
	words := []string{"sakura", "momiji", "tsubaki", "hotaru", "suzume", "kaede", "nadeshiko"}
	return fmt.Sprintf("%s%04d", words[id%len(words)], id*7919%10000)
}
