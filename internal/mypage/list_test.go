package mypage_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestListIsReadOn(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("cron", "list")
	page := g.do("GET", "/v1/mypage/password-resets?limit=3", key)
	list, cursor := listOf(t, page)
	if !slices.Equal(list, []string{"2001 planned", "1001 required", "1002 required"}) || !strings.Contains(page.body, `"more":true`) {
		t.Errorf("the first page: %s", page.body)
	}
	page = g.do("GET", "/v1/mypage/password-resets?limit=3&cursor="+cursor, key)
	if list, cursor = listOf(t, page); !slices.Equal(list, []string{"1003 required", "1004 required"}) || !strings.Contains(page.body, `"more":false`) {
		t.Errorf("the second page: %s", page.body)
	}
	end := g.do("GET", "/v1/mypage/password-resets?cursor="+cursor, key)
	end.is(t, 200, `{"held":false,"members":[],"more":false,"next_cursor":"`+cursor+`"}`)
	g.ticket("1002") // what changes comes again
	if list, _ = listOf(t, g.do("GET", "/v1/mypage/password-resets?cursor="+cursor, key)); !slices.Equal(list, []string{"1002 ticket_issued"}) {
		t.Errorf("what changed since: %q", list)
	}
	if list, _ = listOf(t, g.do("GET", "/v1/mypage/password-resets?state=planned&state=ticket_issued&state=planned", key)); !slices.Equal(list, []string{"2001 planned", "1002 ticket_issued"}) {
		t.Errorf("two states: %q", list)
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=-1", "cursor=x", "cursor=", "cursor=9999999999999999999", "cursor=1e3", "cursor=%00", "state=", "state=Required", "state=a&state=b"} {
		g.do("GET", "/v1/mypage/password-resets?"+query, key).refused(t, 400, "malformed-request")
	}
}

// listOf takes members and cursor out of a page.
func listOf(t *testing.T, r response) (members []string, cursor string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`"member_id":"(\w+)","required":\w+,"since":"[^"]+","state":"(\w+)"`).FindAllStringSubmatch(r.body, -1) {
		members = append(members, m[1]+" "+m[2])
	}
	found := regexp.MustCompile(`"next_cursor":"([0-9]+)"`).FindStringSubmatch(r.body)
	if r.status != 200 || found == nil {
		t.Fatalf("no page: %d %s", r.status, r.body)
	}
	return members, found[1]
}
