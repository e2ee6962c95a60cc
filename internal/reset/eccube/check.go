package eccube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/reset"
)

// advice ends every finding about a right.
const advice = "`exposurectl reset grants` prints the SQL that gives exactly the rights needed; the administrator of the shop's database runs it."

// checker collects what is found.
type checker struct {
	*Connector
	ctx   context.Context
	found []reset.Finding
}

func (k *checker) add(blocks bool, format string, args ...any) {
	f := reset.Finding{Blocks: blocks, Text: fmt.Sprintf(format, args...)}
	for _, g := range k.found {
		if g == f {
			return
		}
	}
	k.found = append(k.found, f)
}

// Check looks whether everything is as it must be, and writes nothing. A database that
// cannot be asked is one finding.
func (c *Connector) Check(ctx context.Context) []reset.Finding {
	k := &checker{Connector: c, ctx: ctx}
	if !k.writable() {
		return k.found
	}
	k.rights()
	k.excess()
	if c.shop.sessions {
		k.authType()
		k.sessionsReadable()
	} else {
		k.add(false, "EC-CUBE 4.1 and later end the sessions of a member whose password has become worthless at their next page. EC-CUBE 4.0 does not: after `exposurectl reset order`, and again a minute later, delete the files var/sessions/prod/sess_* on every web server of the shop.")
	}
	k.line()
	k.engine()
	return k.found
}

// writable tells whether the database answers at all.
func (k *checker) writable() bool {
	readOnly, err := k.value(k.dialect.readOnly)
	switch {
	case errors.Is(err, errLogin):
		k.add(true, "The shop's database refuses the name, password or database in EXPOSURE_CONNECTOR (%s). Correct it, or make the role: %s", k.code(err), advice)
	case err != nil:
		k.add(true, "The shop's database does not answer now (%s). Start it, or correct host and port in EXPOSURE_CONNECTOR, or let this server through its firewall.", k.code(err))
	case readOnly == "1":
		k.add(true, "The shop's database takes no writes: it is a replica, or set to read-only. Let EXPOSURE_CONNECTOR name the server that the shop writes to.")
	}
	return err == nil
}

// code is the end of one of our errors, for those who look it up.
func (k *checker) code(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "("); i >= 0 && strings.HasPrefix(text[i:], "(error ") {
		return strings.TrimSuffix(text[i+1:], ")")
	}
	return "no answer"
}

// value reads the only value of a query.
func (k *checker) value(text string) (value string, err error) {
	err = k.ask(text, func(s string) { value = s })
	return value, err
}

// rights looks for every right that is needed. Statements are explained, not carried out.
func (k *checker) rights() {
	read, write := k.needs()
	for _, column := range read {
		k.need("dtb_customer", "read "+column+" of dtb_customer", "SELECT %s FROM dtb_customer", column)
	}
	for _, column := range write {
		value := map[bool]string{true: "''", false: "CURRENT_TIMESTAMP"}[column == "password"]
		k.need("dtb_customer", "write "+column+" of dtb_customer", "UPDATE dtb_customer SET %s = "+value, column)
	}
	if !k.shop.sessions {
		return
	}
	for _, column := range []string{"sess_id", "sess_data"} {
		k.need("dtb_session", "read "+column+" of dtb_session", "SELECT %s FROM dtb_session", column)
	}
	k.need("dtb_session", "delete rows of dtb_session", "DELETE FROM %s", "dtb_session")
	for _, column := range strings.Split(constants, ", ") {
		k.need("mtb_constants", "read "+column+" of mtb_constants", "SELECT %s FROM mtb_constants", column)
	}
}

func (k *checker) need(table, right, statement, column string) {
	err := k.explain(fmt.Sprintf(statement, column))
	switch {
	case err == nil:
	case errors.Is(err, errRight):
		k.add(true, "The right to %s is missing, or there is no such thing. %s", right, advice)
	case errors.Is(err, errSchema):
		k.add(true, "There is no %s to %s as %s has it (%s). Let EXPOSURE_CONNECTOR name the shop's own database and the system that it runs.",
			table, strings.SplitN(right, " of ", 2)[0], k.shop.name, k.code(err))
	default:
		k.add(true, "Whether there is the right to %s cannot be said (%s). Look again when the database is well.", right, k.code(err))
	}
}

// excess warns of rights that no connector needs.
func (k *checker) excess() {
	if k.explain(k.dialect.everything) == nil {
		k.add(false, "EXPOSURE_CONNECTOR names an administrator of the shop's database, who may do everything. Use a role of its own: %s", advice)
		return
	}
	var more []string
	for _, x := range []struct{ what, statement string }{
		{"read the secret keys of members", "SELECT secret_key FROM dtb_customer"},
		{"read salts", "SELECT salt FROM dtb_customer"},
		{"read names and addresses of members", "SELECT name01, email FROM dtb_customer"},
		{"write secret keys", "UPDATE dtb_customer SET secret_key = ''"},
		{"write salts", "UPDATE dtb_customer SET salt = ''"},
		{"change members' addresses", "UPDATE dtb_customer SET email = ''"},
		{"delete members", "DELETE FROM dtb_customer"},
	} {
		if k.explain(x.statement) == nil {
			more = append(more, x.what)
		}
	}
	if more != nil {
		k.add(false, "The role in EXPOSURE_CONNECTOR may do more than it needs: %s. Take that from it, or make another. %s", strings.Join(more, ", "), advice)
	}
}

func (k *checker) explain(statement string) error {
	return k.ask("EXPLAIN "+statement, func(string) {})
}
