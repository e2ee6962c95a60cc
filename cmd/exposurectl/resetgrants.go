package main

import (
	"fmt"

	"exposure/internal/reset/eccube"
)

type resetGrantsCmd struct {
	shopFlags `embed:""`
}

func (resetGrantsCmd) Help() string {
	return `Example:
  EXPOSURE_CONNECTOR_FILE=/run/secrets/shop exposurectl reset grants > role.sql

The file holds what the server is given: eccube2:postgres://exposure:PASSWORD@db.example.jp/shop?sslmode=verify-full, or
eccube4:mysql://exposure:PASSWORD@db.example.jp/shop?tls=true. Choose a role that does not exist yet, and a password of
letters and digits. The administrator of the shop's database runs the SQL once. It gives exactly the rights that are needed:
to read ids, states and hashes and to write a hash, and with EC-CUBE 2 to read and delete sessions. The SQL holds the password.`
}

func (c resetGrantsCmd) Run(p *program) error {
	shop, err := c.check()
	if err != nil {
		return usagef("%v", err)
	}
	text, err := eccube.Grants(shop.Kind + ":" + shop.Target)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.Out, text)
	return err
}
