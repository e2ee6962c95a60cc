package breach

// ResetState is where a member's forced password reset stands.
type ResetState string

// planned -> required -> ticket_issued -> completed. ChangedUnverified is a
// password changed without our ticket, Exempt a member with nothing to reset.
const (
	ResetPlanned           ResetState = "planned"
	ResetRequired          ResetState = "required"
	ResetTicketIssued      ResetState = "ticket_issued"
	ResetCompleted         ResetState = "completed"
	ResetChangedUnverified ResetState = "changed_unverified"
	ResetExempt            ResetState = "exempt"
)

// Barred tells whether the member's old password is (to be) useless in this state.
// Publishing only plans: a planned reset bars nobody.
func (s ResetState) Barred() bool {
	return s == ResetRequired || s == ResetTicketIssued || s == ResetChangedUnverified
}

// urgency orders states for people who share a mailbox: the one with most left to
// do is reported.
func (s ResetState) urgency() int {
	switch s {
	case ResetChangedUnverified:
		return 5
	case ResetRequired:
		return 4
	case ResetTicketIssued:
		return 3
	case ResetPlanned:
		return 2
	case ResetCompleted:
		return 1
	default:
		return 0
	}
}
