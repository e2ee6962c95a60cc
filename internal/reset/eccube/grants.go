package eccube

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrGrants: the rights cannot be printed for this EXPOSURE_CONNECTOR.
var ErrGrants = errors.New("the SQL for the shop's database cannot be written")

// role is who the connector logs in as.
type role struct{ name, password, database, schema string }

var (
	plainName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)
	plainPassword = regexp.MustCompile(`^[A-Za-z0-9._~-]{12,100}$`)
)

// Grants is the SQL that makes the role which a DSN names, with exactly the rights that a
// connector needs. It holds the password of the DSN: it is for the administrator of the
// shop's database. The SQL quotes nothing that could end a quotation.
func Grants(dsn string) (string, error) {
	t, err := parse(dsn)
	if err != nil {
		return "", err
	}
	password, _ := t.url.User.Password()
	r := role{name: t.url.User.Username(), password: password, database: t.database(), schema: t.url.Query().Get("search_path")}
	if r.schema == "" {
		r.schema = "public"
	}
	switch {
	case !plainName.MatchString(r.name) || !plainName.MatchString(r.schema) || !plainName.MatchString(r.database):
		return "", fmt.Errorf("%w: names of users and databases have up to 32 letters, digits, _ and -", ErrGrants)
	case !plainPassword.MatchString(r.password):
		return "", fmt.Errorf("%w: EXPOSURE_CONNECTOR has no password of 12 to 100 letters and digits", ErrGrants)
	}
	return t.dialect.grants(t, r), nil
}

// needs are the columns that are read and written.
func (t target) needs() (read, write []string) {
	return slices.Concat(t.shop.columns, t.dialect.touched), slices.Concat([]string{"password"}, t.dialect.touched)
}

// constants are what tells how a shop of EC-CUBE 2 keeps passwords.
const constants = "id, name"

func postgresGrants(t target, r role) string {
	read, write := t.needs()
	var s strings.Builder
	fmt.Fprintf(&s, "-- For the administrator of the shop's PostgreSQL, in the database %q. It holds a password.\n", r.database)
	fmt.Fprintf(&s, "CREATE ROLE %q LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 8 PASSWORD '%s';\n", r.name, r.password)
	fmt.Fprintf(&s, "GRANT CONNECT ON DATABASE %q TO %q;\n", r.database, r.name)
	fmt.Fprintf(&s, "GRANT USAGE ON SCHEMA %q TO %q;\n", r.schema, r.name)
	fmt.Fprintf(&s, "GRANT SELECT (%s), UPDATE (%s) ON %q.dtb_customer TO %q;\n", list(read), list(write), r.schema, r.name)
	if t.shop.sessions {
		fmt.Fprintf(&s, "GRANT SELECT (sess_id, sess_data), DELETE ON %q.dtb_session TO %q;\n", r.schema, r.name)
		fmt.Fprintf(&s, "GRANT SELECT (%s) ON %q.mtb_constants TO %q;\n", constants, r.schema, r.name)
	}
	return s.String()
}

func mysqlGrants(t target, r role) string {
	read, write := t.needs()
	hosts := []string{"%"}
	var s strings.Builder
	s.WriteString("-- For the administrator of the shop's MariaDB or MySQL. It holds a password.\n")
	if t.local() {
		hosts = []string{"localhost", "127.0.0.1"}
	} else {
		s.WriteString("-- Put the address of the look-up's server in the place of % if it is always the same.\n")
	}
	for _, host := range hosts {
		who := fmt.Sprintf("'%s'@'%s'", r.name, host)
		fmt.Fprintf(&s, "CREATE USER %s IDENTIFIED BY '%s';\n", who, r.password)
		fmt.Fprintf(&s, "GRANT SELECT (%s), UPDATE (%s) ON `%s`.dtb_customer TO %s;\n", list(read), list(write), r.database, who)
		if t.shop.sessions {
			fmt.Fprintf(&s, "GRANT SELECT (sess_id, sess_data), DELETE ON `%s`.dtb_session TO %s;\n", r.database, who)
			fmt.Fprintf(&s, "GRANT SELECT (%s) ON `%s`.mtb_constants TO %s;\n", constants, r.database, who)
		}
	}
	return s.String()
}

func list(names []string) string { return strings.Join(names, ", ") }
