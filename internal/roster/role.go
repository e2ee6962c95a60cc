package roster

import "exposure/internal/roster/profile"

// Role is what one file of a shop is about.
type Role = profile.Role

// The roles, in the order files are read: each needs the ones before it.
const (
	RoleMembers     = profile.Members
	RoleOrders      = profile.Orders
	RoleItems       = profile.Items
	RoleDeliveries  = profile.Deliveries
	RoleSettlements = profile.Settlements
)

// row is what one row of a file says about records of one role.
type row struct {
	profile.Row
	in   *input
	role Role
}

// get returns a field as it is written.
func (r row) get(f profile.Field) string { return r.Get(r.role, f) }

// value returns a field folded.
func (r row) value(f profile.Field) string { return r.Value(r.role, f) }

// has tells whether the file says anything about a field.
func (r row) has(f profile.Field) bool { return r.Has(r.role, f) }

func roles() []Role { return profile.Roles() }
