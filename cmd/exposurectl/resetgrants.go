package main

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"exposure/internal/reset/eccube"
)

type resetGrantsCmd struct {
	shopFlags `embed:""`
	Database  string `enum:"postgres,mysql," default:"" placeholder:"postgres|mysql" help:"Kind of the shop's database, if the connector is only eccube2 or eccube4."`
	Host      string `default:"localhost" placeholder:"HOST[:PORT]" help:"Where the shop's database is (${default})."`
	Name      string `default:"eccube" placeholder:"NAME" help:"Name of the shop's database (${default})."`
}

func (resetGrantsCmd) Help() string {
	return `Example:
  exposurectl reset grants --connector eccube2 --database postgres --host db.example.jp --name eccube2 > grants.sql
  exposurectl reset grants --connector-file /run/secrets/shop

Prints the SQL that the administrator of the shop's database runs once. It makes a role with exactly the rights that are
needed: to read ids, states and hashes and to write a hash, and with EC-CUBE 2 to read and delete sessions. The connector is
what the server is given: eccube2:postgres://exposure:PASSWORD@db.example.jp/shop?sslmode=verify-full, or
eccube4:mysql://exposure:PASSWORD@db.example.jp/shop?tls=true, with a role that does not exist yet and a password of letters
and digits. When it is eccube2 or eccube4 alone, a password is made up and the whole connector is printed as well. What is
printed holds the password.`
}

func (c resetGrantsCmd) Run(p *program) error {
	dsn, made, err := c.dsn()
	if err != nil {
		return err
	}
	sql, err := eccube.Grants(dsn)
	if err != nil {
		return err
	}
	if made {
		sql += "-- Then put this line into a file, mode 0600, and name it in EXPOSURE_CONNECTOR_FILE:\n-- " + dsn + "\n"
	}
	_, err = fmt.Fprint(p.Out, sql)
	return err
}

// dsn is the connector of the flags, or one with a new password.
func (c resetGrantsCmd) dsn() (dsn string, made bool, err error) {
	if c.Connector == "eccube2" || c.Connector == "eccube4" {
		if c.Database == "" {
			return "", false, usagef("say which database the shop has: --database postgres or --database mysql")
		}
		u := url.URL{Scheme: c.Database, User: url.UserPassword("exposure", rand.Text()), Host: c.Host, Path: "/" + c.Name, RawQuery: encryption(c.Database, c.Host)}
		return c.Connector + ":" + u.String(), true, nil
	}
	shop, err := c.check()
	switch {
	case err != nil:
		return "", false, usagef("%v", err)
	case !strings.HasPrefix(shop.Kind, "eccube"):
		return "", false, usagef("only a shop's own database needs rights: --connector eccube2 or eccube4, with --database postgres or mysql")
	}
	return shop.Kind + ":" + shop.Target, false, nil
}

// encryption is asked of a database on another machine: passwords' hashes travel.
func encryption(database, host string) string {
	switch {
	case host == "localhost" || strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "localhost:"):
		return ""
	case database == "postgres":
		return "sslmode=verify-full"
	default:
		return "tls=true"
	}
}
