package eccube

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"

	"exposure/internal/reset"
)

var (
	// errLogin: the shop's database does not let us in. Somebody has to mend that.
	errLogin = errors.New("the shop's database refuses the name, password or database of EXPOSURE_CONNECTOR")
	// errRight: the shop's database does not allow what is needed.
	errRight = errors.New("the shop's database does not give a right that is needed (exposurectl reset grants)")
	// errSchema: the database is not that of such a shop.
	errSchema = errors.New("the database has not the tables of this shop system")

	errLocked = fmt.Errorf("%w: it holds a lock", reset.ErrShopUnavailable)
	errOther  = errors.New("the shop's database refuses a statement")
)

// told puts our words in the place of a driver's, which quote hosts, users and values. The
// code of the error stays.
func (c *Connector) told(ctx context.Context, doing string, err error) error {
	var untrusted *tls.CertificateVerificationError
	code := c.dialect.code(err)
	switch {
	case err == nil:
		return nil
	case code != "":
		return fmt.Errorf("%s: %w (error %s)", doing, c.dialect.meaning(code), code)
	case errors.As(err, &untrusted):
		return fmt.Errorf("%s: %w: its certificate is not trusted", doing, errLogin)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %w", doing, reset.ErrShopUnavailable, ctx.Err())
	default:
		return fmt.Errorf("%s: %w: it does not answer", doing, reset.ErrShopUnavailable)
	}
}

// meanings lists codes, or how they begin, by what they mean. What is in none is a fault
// that does not pass by itself.
type meanings struct{ locked, passing, login, right, schema []string }

func (m meanings) of(code string) error {
	has := func(begins []string) bool {
		return slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(code, b) })
	}
	switch {
	case has(m.locked):
		return errLocked
	case has(m.passing):
		return reset.ErrShopUnavailable
	case has(m.login):
		return errLogin
	case has(m.right):
		return errRight
	case has(m.schema):
		return errSchema
	default:
		return errOther
	}
}
