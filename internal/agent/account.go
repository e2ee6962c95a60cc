package agent

import "time"

// Role is what an account may do.
type Role string

// Agents take calls. Supervisors besides see counts, never people.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
)

// Known tells whether there is such a role.
func (r Role) Known() bool { return r == RoleAgent || r == RoleSupervisor }

// Agent is who is signed in, as the account stands now.
type Agent struct {
	Name       string // 1 to 32 of a-z 0-9 . -, beginning with a letter
	Role       Role
	MustChange bool      // the first password must be replaced before anything else
	Trained    bool      // a training call was taken to its end
	Ends       time.Time // of the session, if nothing is done before; nothing prolongs its absolute end
	token      string    // of the session
}

// SignedIn is a session as it begins.
type SignedIn struct {
	Token string
	Agent Agent
	// PaperCodesLeft is how many paper codes are left after one was used; -1 when none was.
	PaperCodesLeft int
}
