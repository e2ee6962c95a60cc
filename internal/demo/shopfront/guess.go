package shopfront

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
)

// How many guesses are looked at. A person who has forgotten which password it was tries a
// few; behind one address there may be a whole office, or a mobile network's customers.
const (
	nameGuesses, nameSpan       = 10, 15 * time.Minute
	networkGuesses, networkSpan = 60, time.Hour
)

// guesses counts wrong passwords by login name and by network, and wrong tickets by
// network. A name counts from wherever it is tried, whether anybody has it or not: whoever
// knows an address can thereby keep its owner from logging in for a while, which is less
// than being able to guess on. Names are only counted of networks that are not over theirs,
// so that nobody fills the memory with names.
type guesses struct{ names, networks *limiter.Limiter }

func newGuesses() guesses {
	count := func(n int64, per time.Duration) *limiter.Limiter {
		return limiter.New(memory.NewStore(), limiter.Rate{Limit: n, Period: per})
	}
	return guesses{names: count(nameGuesses, nameSpan), networks: count(networkGuesses, networkSpan)}
}

// charge is one guess on one count.
type charge struct {
	count *limiter.Limiter
	key   string
}

// guess is charged before it is looked at, so that many at once are no more than one by one.
type guess []charge

// ofPassword is a log-in with a name.
func (g guesses) ofPassword(r *http.Request, name string) guess {
	sum := sha256.Sum256([]byte(loginName(name))) // a name may be long
	return append(g.ofTicket(r), charge{g.names, string(sum[:])})
}

// ofTicket is a ticket that is to be redeemed.
func (g guesses) ofTicket(r *http.Request) guess {
	return guess{{g.networks, network(r.RemoteAddr)}}
}

// take charges a guess. It must not be looked at unless wait is 0.
func (g guess) take(ctx context.Context) (wait time.Duration) {
	for _, c := range g {
		got, err := c.count.Get(ctx, c.key)
		if err != nil { // a count in memory has no errors
			return time.Minute
		}
		if got.Reached {
			return max(time.Until(time.Unix(got.Reset+1, 0)), time.Second)
		}
	}
	return 0
}

// giveBack takes back the charge for what was right, or was not looked at. Where the span
// ended meanwhile, the next one has room for one more.
func (g guess) giveBack(ctx context.Context) {
	for _, c := range g {
		_, _ = c.count.Increment(ctx, c.key, -1)
	}
}

// tooMany begins the answer to who must wait.
func tooMany(w http.ResponseWriter, wait time.Duration) int {
	w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
	return http.StatusTooManyRequests
}

// network is what one customer has of the net: an address, of IPv6 the /64. The shop is
// reached directly; behind a proxy it would have to read what that one says.
func network(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "" // all who cannot be told apart are one
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}

// loginName is the one spelling of all that open the same account: what logs in as one name
// is counted as one. To upper case first, because there are letters besides the capital
// ones that become an s or a k.
func loginName(typed string) string {
	return strings.ToLower(strings.ToUpper(strings.TrimSpace(typed)))
}
