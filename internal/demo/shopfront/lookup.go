package shopfront

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var (
	// errTicket: the ticket was used, replaced, has expired or never was.
	errTicket = errors.New("the ticket is worth nothing")
	// errRefused: the look-up will not take this, however often it is told.
	errRefused = errors.New("the look-up refused")
	// errAway: the look-up cannot be asked now.
	errAway = errors.New("the look-up cannot be reached")
)

// lookup is the MY page API as a shop sees it: HTTP and a key.
type lookup struct {
	base   string
	key    string
	client *http.Client
}

const (
	// These bound a call. People wait for the last two, and a login, which every member
	// does, no longer than the guide for shops says.
	listWait = 10 * time.Second
	askWait  = 3 * time.Second
	gateWait = 2 * time.Second
	// maxAnswer is far above a page of the list.
	maxAnswer = 1 << 20
)

// redeem spends a ticket and returns whose passwords it may set.
func (l *lookup) redeem(ctx context.Context, ticket string) ([]string, error) {
	var answer struct {
		Members []string `json:"members"`
	}
	err := l.call(ctx, askWait, http.MethodPost, "/reset-tickets/"+url.PathEscape(ticket)+"/redemption", "", &answer)
	if errors.Is(err, errRefused) {
		return nil, errTicket
	}
	return answer.Members, err
}

// complete tells that a member has a new password. The same key is the same telling.
func (l *lookup) complete(ctx context.Context, member, key string) error {
	return l.call(ctx, askWait, http.MethodPost, "/members/"+url.PathEscape(member)+"/password-reset/completion", key, nil)
}

// required asks about one member, at login.
func (l *lookup) required(ctx context.Context, member string) (bool, error) {
	var answer struct {
		Required *bool `json:"required"`
	}
	if err := l.call(ctx, gateWait, http.MethodGet, "/members/"+url.PathEscape(member)+"/password-reset", "", &answer); err != nil {
		return false, err
	}
	if answer.Required == nil {
		return false, fmt.Errorf("asking about a member: %w: no answer in the answer", errAway)
	}
	return *answer.Required, nil
}

// change is how one member's reset stands now.
type change struct {
	Member   string `json:"member_id"`
	Required bool   `json:"required"`
}

// changes are those since a cursor, in their order, and the cursor to go on from. Half of
// them is an error: whoever is missing would be let in.
func (l *lookup) changes(ctx context.Context, cursor string) ([]change, string, error) {
	var all []change
	for {
		var page struct {
			Members []change `json:"members"`
			Next    string   `json:"next_cursor"`
			More    bool     `json:"more"`
		}
		path := "/password-resets"
		if cursor != "" {
			path += "?" + url.Values{"cursor": {cursor}}.Encode()
		}
		if err := l.call(ctx, listWait, http.MethodGet, path, "", &page); err != nil {
			return nil, "", err
		}
		if page.Next == "" {
			return nil, "", fmt.Errorf("%w: the list does not say how to go on", errAway)
		}
		all, cursor = append(all, page.Members...), page.Next
		if !page.More {
			return all, cursor, nil
		}
	}
}

func (l *lookup) call(ctx context.Context, wait time.Duration, method, path, key string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.base+"/v1/mypage"+path, nil)
	if err != nil {
		return errAway // the address holds what nobody should read in a log
	}
	req.Header.Set("Authorization", "Bearer "+l.key)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return errAway
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return errAway
	case resp.StatusCode == http.StatusConflict, resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone, resp.StatusCode == http.StatusBadRequest:
		return fmt.Errorf("%w: status %d", errRefused, resp.StatusCode)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("%w: status %d", errAway, resp.StatusCode)
	case into == nil:
		return nil
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") || json.Unmarshal(body, into) != nil:
		return fmt.Errorf("%w: the answer cannot be read", errAway)
	default:
		return nil
	}
}
