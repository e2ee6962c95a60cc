package profile

// Role is what records are about. It is also the name of the flag a file is passed with.
type Role string

// The roles, in the order files are read: each needs the ones before it.
const (
	Members     Role = "members"
	Orders      Role = "orders"
	Items       Role = "items"
	Deliveries  Role = "deliveries"
	Settlements Role = "settlements" // from the payment company, not from the shop system
)

// Roles lists the roles in the order files are read.
func Roles() []Role { return []Role{Members, Orders, Items, Deliveries, Settlements} }

// index places a role in arrays; -1 for what is no role. It is asked for every cell.
func (r Role) index() int {
	switch r {
	case Members:
		return 0
	case Orders:
		return 1
	case Items:
		return 2
	case Deliveries:
		return 3
	case Settlements:
		return 4
	default:
		return -1
	}
}

const roleCount = 5

// Field is what a column, or several joined, hold.
type Field string

// The fields a profile may name, and no others.
const (
	MemberID     Field = "member_id"
	Email        Field = "email"
	EmailMobile  Field = "email_mobile"
	Name         Field = "name" // family name first
	Kana         Field = "kana" // the reading of the name
	PostalCode   Field = "postal_code"
	Address      Field = "address" // prefecture first
	Phone        Field = "phone"
	Gender       Field = "gender"
	BirthDate    Field = "birth_date"
	RegisteredAt Field = "registered_at"
	Status       Field = "status"  // of members: Profile.MemberStatus; of orders: Profile.OrderStatus
	Deleted      Field = "deleted" // Profile.Yes or Profile.No

	OrderID       Field = "order_id"
	OrderNumber   Field = "order_number" // what customers and the payment company are told, where it differs from OrderID
	PaymentMethod Field = "payment_method"
	PaymentID     Field = "payment_id"
	Total         Field = "total"
	PlacedAt      Field = "placed_at"
	Device        Field = "device"       // what tells web orders from those that staff keyed in
	CancelledAt   Field = "cancelled_at" // filled: cancelled; blank: not. Instead of Status

	ItemID      Field = "item_id"
	ItemType    Field = "item_type" // Profile.ItemTypes; a file without it lists products only
	ProductID   Field = "product_id"
	ProductCode Field = "product_code"
	ProductName Field = "product_name"

	ShippingID Field = "shipping_id"
	Tracking   Field = "tracking"

	TransactionID Field = "transaction_id"
	Action        Field = "action" // Profile.Settlement
	ProcessedAt   Field = "processed_at"
	CardToken     Field = "card_token" // an opaque name of a card, never its number
)

// fieldsOf lists the fields that mean something for records of a role.
func fieldsOf(r Role) []Field {
	switch r {
	case Members:
		return []Field{MemberID, Email, EmailMobile, Name, Kana, PostalCode, Address, Phone, Gender, BirthDate, RegisteredAt, Status, Deleted}
	case Orders:
		return []Field{OrderID, OrderNumber, MemberID, Email, Name, Kana, PostalCode, Address, Phone, Gender, BirthDate,
			PaymentMethod, PaymentID, Total, PlacedAt, Device, Status, CancelledAt, Deleted}
	case Items:
		return []Field{OrderID, ItemID, ItemType, ProductID, ProductCode, ProductName}
	case Deliveries:
		return []Field{OrderID, ShippingID, Name, Kana, PostalCode, Address, Phone, Tracking}
	default:
		return []Field{TransactionID, OrderID, Action, ProcessedAt, CardToken}
	}
}

// essential fields are those without which records of a role are of no use. A layout must
// describe them, and a file must have them.
func essential(r Role) []Field {
	switch r {
	case Members:
		return []Field{MemberID, Email, RegisteredAt}
	case Orders:
		return []Field{OrderID, Email, Name, Address, PaymentMethod, PlacedAt}
	case Items:
		return []Field{OrderID, ProductName}
	case Deliveries:
		return []Field{OrderID, Name, Address}
	default:
		return []Field{OrderID, Action, ProcessedAt}
	}
}

// guarded fields are the facts, and the traces of rows, that exports tend to leave out
// without a word. A file without one is refused unless the operator accepts that by name;
// what it would have said is then unknown.
func guarded(r Role) []Field {
	switch r {
	case Members:
		return []Field{Gender, BirthDate, Status, Deleted}
	case Orders:
		return []Field{Status, Device, Deleted}
	default:
		return nil
	}
}

// Grain is what one row of a file stands for.
type Grain string

// The grains.
const (
	Record       Grain = "record"         // one row a record
	Item         Grain = "item"           // one row an item of an order; the columns of the order and of the delivery repeat
	FirstRowOnly Grain = "first_row_only" // one row an item; the columns of the order are filled on its first row only
)

func grains() []Grain { return []Grain{Record, Item, FirstRowOnly} }
