package eccube

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// ErrDSN: EXPOSURE_CONNECTOR cannot be read. The error never repeats it.
var ErrDSN = errors.New("EXPOSURE_CONNECTOR is not eccube2: or eccube4: followed by postgres://user:password@host/database or mysql://user:password@host/database")

// shop is what a shop system keeps where.
type shop struct {
	name     string
	id       string // column of the member's id
	live     string // condition of a member who may log in
	columns  []string
	sessions bool // in dtb_session
	rehashes bool // puts newer hashes in the place of old ones by itself
}

func shops() []shop {
	return []shop{
		{name: "eccube2", id: "customer_id", live: "status = 2 AND del_flg = 0", columns: []string{"customer_id", "status", "del_flg", "password"}, sessions: true},
		{name: "eccube4", id: "id", live: "customer_status_id = 2", columns: []string{"id", "customer_status_id", "password"}, rehashes: true},
	}
}

// dialect is what differs between databases.
type dialect struct {
	name         string
	number, text string   // where a value stands in a statement; $n is its number
	bytes        string   // the same, of a hash
	hash         string   // the stored hash, byte by byte
	touched      []string // columns that may change by themselves with a row
	keep         string   // keeps these as they are
	open         func(t target, timeout time.Duration) (driver.Connector, error)
	code         func(error) string // of an error that the database told; else empty
	meaning      func(code string) error
	grants       func(t target, r role) string
	readOnly     string // a query: 0 or 1
	everything   string // something that only an administrator may ask
}

// target is one shop's database.
type target struct {
	shop    shop
	dialect dialect
	url     *url.URL
}

func parse(dsn string) (target, error) {
	name, address, _ := strings.Cut(dsn, ":")
	var t target
	for _, s := range shops() {
		if s.name == name {
			t.shop = s
		}
	}
	u, err := url.Parse(address)
	if t.shop.name == "" || err != nil {
		return target{}, ErrDSN
	}
	t.url = u
	switch u.Scheme {
	case "postgres", "postgresql":
		t.dialect = postgres()
	case "mysql", "mariadb":
		t.dialect = mysqlDialect()
	default:
		return target{}, ErrDSN
	}
	if u.User.Username() == "" || t.database() == "" || u.Opaque != "" || u.Fragment != "" {
		return target{}, fmt.Errorf("%w: a user, a host or socket, and a database are needed", ErrDSN)
	}
	if u.Hostname() == "" && t.socket() == "" {
		return target{}, fmt.Errorf("%w: a host or a socket is needed", ErrDSN)
	}
	return t, nil
}

func (t target) database() string { return strings.TrimPrefix(t.url.Path, "/") }

// socket is the Unix socket that the address names, if any.
func (t target) socket() string {
	if s := t.url.Query().Get("socket"); s != "" {
		return s
	}
	return t.url.Query().Get("host")
}

// local tells whether the database is on this machine.
func (t target) local() bool {
	ip := net.ParseIP(t.url.Hostname())
	return t.url.Hostname() == "" || t.url.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
