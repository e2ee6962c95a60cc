package eccube

import (
	"context"
	"regexp"
	"strings"
)

// ask hands on the first column of each row. What is asked once is not prepared.
func (k *checker) ask(text string, each func(first string)) error {
	ctx, cancel := context.WithTimeout(k.ctx, k.timeout)
	defer cancel()
	return k.told(ctx, "checking the shop's database", func() error {
		rows, err := k.db.QueryContext(ctx, text)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		var first any
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(any)
		}
		into[0] = &first
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return err
			}
			each(plain(first))
		}
		return rows.Err()
	}())
}

// authType looks how the shop keeps passwords.
func (k *checker) authType() {
	kind, err := k.value("SELECT name FROM mtb_constants WHERE id = 'AUTH_TYPE'")
	switch kind = strings.Trim(kind, `"' `); {
	case err != nil: // rights has said why
	case strings.EqualFold(kind, "PLAIN"):
		k.add(true, "The shop keeps passwords in clear (AUTH_TYPE in mtb_constants is PLAIN). Nothing may read them: set AUTH_TYPE to HMAC, let the shop hash what is there, and check again.")
	case kind == "":
		k.add(false, "mtb_constants has no AUTH_TYPE. Make sure that the shop does not keep passwords in clear.")
	}
}

// sessionText is the beginning of a value in PHP's own session format.
var sessionText = regexp.MustCompile(`[A-Za-z0-9_]\|[abdinsOC][:;]|[A-Za-z0-9_]\|N;`)

// sessionsReadable looks at some sessions, not at whose they are.
func (k *checker) sessionsReadable() {
	var some, readable int
	err := k.ask("SELECT sess_data FROM dtb_session WHERE sess_data <> '' LIMIT 200", func(data string) {
		some++
		if sessionText.MatchString(data) {
			readable++
		}
	})
	switch {
	case err != nil: // rights has said why
	case some == 0:
		k.add(false, "There is no session in dtb_session. If the shop keeps its sessions elsewhere (files, memcached, Redis), empty that place after `exposurectl reset order`, and again a minute later.")
	case readable == 0:
		k.add(true, "Sessions in dtb_session are not in PHP's own format (encrypted by suhosin, or another session.serialize_handler), so nobody can be logged out. Set session.serialize_handler to php and suhosin.session.encrypt to off, and empty dtb_session once.")
	}
}

// line warns of hashes that travel in the open.
func (k *checker) line() {
	q := k.url.Query()
	mode := q.Get("sslmode") + q.Get("tls")
	safe := q.Has("tls_ca") || mode == "require" || mode == "verify-ca" || mode == "verify-full" || mode == "true"
	if !k.local() && !safe {
		k.add(false, "The line to the shop's database need not be encrypted, and hashes of passwords pass over it. Add ?sslmode=verify-full (PostgreSQL) or ?tls=true (MariaDB, MySQL) to EXPOSURE_CONNECTOR.")
	}
}

// engine warns of tables that are locked as a whole.
func (k *checker) engine() {
	if k.dialect.name != "mysql" {
		return
	}
	engine, err := k.value("SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dtb_customer'")
	if err == nil && !strings.EqualFold(engine, "InnoDB") {
		k.add(false, "dtb_customer is a table of the kind %.20s, which is locked as a whole for every change. Order resets when the shop has few visitors.", engine)
	}
}

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case string:
		return v
	case int64:
		if v == 1 {
			return "1"
		}
	}
	return "0"
}
