package shopgen

// trait is something that a shop system's exports can tell, as a set of bits.
type trait uint

const (
	listsMembers      trait = 1 << iota // when somebody registered: there is a list of members
	ordersNameMembers                   // orders carry the number of a member
	mobileAddress
	withdrawals
	keepsAddresses // of those who left
	provisionals
	deletedFlag
	devices // which orders were keyed in by staff
	attempts
	manyAddressees // of one order
	blankNames     // an addressee without a name is still an addressee
	kana           // of buyers and of addressees
	fractions      // of seconds
	fullTrim       // blanks at the end of a value are lost
	otherLines     // statements have rows that are no goods
	personal       // registrations tell gender and birth date
)

// dialect is how one version of a shop system writes its exports.
type dialect struct {
	profile, version string
	traits           trait
	style            Style
	files            []file
	cardMethods      []string
	otherMethods     []string
	web              []string // devices of customers
	staff            string   // the device of staff
	mapping          string   // of a shop system nobody knows
	numbers          string   // stands before the number of an order
	lacks            []string // columns the operator must accept not to have
}

func (d dialect) has(t trait) bool { return d.traits&t == t }

// file is one export.
type file struct {
	role    string
	rows    rows
	columns []column
}

// rows says what a row of a file is.
type rows int

const (
	ofMembers rows = iota
	ofOrders
	ofItems      // of an order
	ofLines      // an item of a delivery, and what is no product
	ofDeliveries // of an order
	ofPayments
)

// column is one column: its name, and what stands in it.
type column struct {
	name string
	cell func(cell) string
}

// cell is where a value comes from. Whatever a row is not about is nil.
type cell struct {
	s     *Shop
	reg   *registration
	o     *order
	item  *line
	to    *addressee
	at    int // of the item or delivery within the order
	pay   *payment
	trace int  // numbers payments
	first bool // of the rows of an order
}

// line is one row of an order's statement.
type line struct {
	product
	kind int // 1 goods, 2 postage, 3 charge, 4 discount
	id   int
}

func dialects() []dialect {
	return append(eccube2(), append(eccube34(), others()...)...)
}
