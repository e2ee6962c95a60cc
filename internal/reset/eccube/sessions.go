package eccube

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
)

// owner finds whose a session is: PHP's session text of a member who is logged in. A visitor
// may have typed such a text into a form, so all places count: with the first alone, text
// that names somebody else would hide the session that somebody robbed.
var owner = regexp.MustCompile(`customer\|a:[0-9]+:\{s:11:"customer_id";(?:s:[0-9]+:"([0-9]+)"|i:([0-9]+));`)

// patience is how many locked sessions one sweep waits for.
const patience = 10

// EndSessions ends every session of these members, in one pass over the sessions, however
// many members there are. Sessions are deleted one by one: of many at once MySQL may lock
// the whole table. A session that the shop has locked is passed over, and the call fails
// with reset.ErrShopUnavailable after the others are ended. EC-CUBE 4 has nothing to end
// here: the changed password ends its sessions (4.1 and later), or files are deleted (4.0).
func (c *Connector) EndSessions(ctx context.Context, memberIDs []string) error {
	whose := make(map[string]bool, len(memberIDs))
	for _, id := range memberIDs {
		if _, ok := number(id); ok {
			whose[id] = true
		}
	}
	if !c.shop.sessions || len(whose) == 0 {
		return nil
	}
	var locked []error
	for after, more := "", false; ; more = true {
		doomed, last, n, err := c.page(ctx, whose, after, more)
		if err != nil {
			return err
		}
		for _, id := range doomed {
			_, err := c.exec(ctx, "ending sessions", "DELETE FROM dtb_session WHERE sess_id = "+place(c.dialect.text, 1), id)
			if errors.Is(err, errLocked) && len(locked) < patience {
				locked = append(locked, err)
			} else if err != nil {
				return err
			}
		}
		if n < batch {
			return errors.Join(locked...)
		}
		after = last
	}
}

// page reads the next sessions in the order of their ids, and returns those to be ended, the
// last id and how many there were. Sessions of nobody are not sent by the database.
func (c *Connector) page(ctx context.Context, whose map[string]bool, after string, more bool) (doomed []string, last string, n int, err error) {
	where, args := "", []any{}
	if more {
		where, args = " WHERE sess_id > "+place(c.dialect.text, 1), []any{after}
	}
	text := fmt.Sprintf("SELECT sess_id, CASE WHEN sess_data LIKE '%%customer|a:%%' THEN sess_data END FROM dtb_session%s ORDER BY sess_id LIMIT %d", where, batch)
	err = c.query(ctx, "reading sessions", text, args, func(rows *sql.Rows) error {
		var data sql.RawBytes
		if err := rows.Scan(&last, &data); err != nil {
			return err
		}
		n++
		if belongs(data, whose) {
			doomed = append(doomed, last)
		}
		return nil
	})
	return doomed, last, n, err
}

func belongs(data []byte, whose map[string]bool) bool {
	for _, m := range owner.FindAllSubmatch(data, -1) {
		if whose[string(m[1])] || whose[string(m[2])] { // of the two one is empty, which is no id
			return true
		}
	}
	return false
}
