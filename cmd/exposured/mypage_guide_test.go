package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/reset"
	"exposure/openapi"
)

// guideNow is the time in the guide's samples: 26 July 2023, 10:30 in Japan.
var guideNow = time.Date(2023, 7, 26, 1, 30, 0, 0, time.UTC)

var (
	sampleBlock = regexp.MustCompile("(?s)```http\n(.*?)```\n")
	// varies is what differs each time, and what the guide has in its place.
	varies = []struct {
		is   *regexp.Regexp
		sets string
	}{
		{regexp.MustCompile(`(?m)^Date: .*$`), "Date: Wed, 26 Jul 2023 01:30:00 GMT"},
		{regexp.MustCompile(`(?m)^X-Request-Id: [0-9a-f]{32}$`), "X-Request-Id: 7d0f2a9c41b6e85330dd1f6a2c9b7e04"},
		{regexp.MustCompile(`"next_cursor":"[0-9]+"`), `"next_cursor":"4711"`},
		{regexp.MustCompile(`(?m)^Content-Length: 1[0-9]{2}$`), ""},
	}
)

// guideSite has the key, the ticket and the members of the guide's samples.
func guideSite(t *testing.T) *shopfloor {
	t.Helper()
	s, _ := smallSite(t)
	f := &shopfloor{site: s, desk: openDesk(t, s)}
	hash, ok := client.HashKey("exk_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8")
	if !ok {
		t.Fatal("the key of the guide is none")
	}
	_, err := f.desk.db.Clients(f.desk.keys).Change(t.Context(), operatorEntry(audit.ClientAdd), "kit", func(client.Client) (client.Client, error) {
		return client.New("kit", client.Scopes(), client.Key{Hash: hash, Made: guideNow})
	})
	must(t, err)
	ids := []string{"1001", "1002"}
	_, err = f.desk.Plan(t.Context(), operatorEntry(audit.ResetPlan), []reset.Planned{{MemberID: ids[0]}, {MemberID: ids[1]}})
	must(t, err)
	f.desk.step(t, audit.ResetOrder, func(r breach.Reset) (breach.Reset, error) { return r.Order(guideNow.Add(-90 * time.Minute)), nil }, ids...)
	var code int
	f.running, code = s.tryServeBy(t, func() time.Time { return guideNow }, "", openPostOffice(t).url,
		"--mypage-addr", "127.0.0.1:0", "--public-url", "https://check.example.com")
	if f.running == nil {
		t.Fatalf("exposured ended with %d", code)
	}
	f.mypage = f.running.mypage(t)
	return f
}

// prepare is what happens in the shop before a sample's request.
func (f *shopfloor) prepare(t *testing.T, request, answer string) {
	t.Helper()
	switch {
	case strings.Contains(request, "/redemption") && strings.HasPrefix(answer, "HTTP/1.1 200"):
		var secret [32]byte
		for i := range secret {
			secret[i] = byte(i)
		}
		f.desk.step(t, audit.ResetTicket, func(r breach.Reset) (breach.Reset, error) {
			return r.Issue(sha256.Sum256(secret[:]), guideNow.Add(-time.Minute))
		}, "1001")
	case strings.HasPrefix(answer, "HTTP/1.1 503"):
		db := f.site.open(t)
		defer db.Close()
		_, err := db.Exec(`UPDATE resets SET state = 'completed'`)
		must(t, err)
	}
}

// sample sends a sample's request as it stands there, and returns the answer likewise.
func (f *shopfloor) sample(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.mypage, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n"))
	must(t, err)
	in := bufio.NewReader(conn)
	var raw strings.Builder
	length := 0
	for line := ""; line != "\r\n"; { // head, as it came
		line, err = in.ReadString('\n')
		must(t, err)
		raw.WriteString(line)
		if value, found := strings.CutPrefix(line, "Content-Length: "); found {
			length, err = strconv.Atoi(strings.TrimSpace(value))
			must(t, err)
		}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(in, body)
	must(t, err)
	raw.Write(body)
	return settled(strings.TrimRight(strings.ReplaceAll(raw.String(), "\r\n", "\n"), "\n") + "\n")
}

func settled(s string) string {
	for _, v := range varies[:3] {
		s = v.is.ReplaceAllString(s, v.sets)
	}
	return s
}

// TestTheGuideIsTrue carries out every request of the guide, in its order, and compares the
// answers. UPDATE_GUIDE=1 writes what is answered into both guides.
func TestTheGuideIsTrue(t *testing.T) {
	blocks := samples(t, "en")
	if other := samples(t, "ja"); os.Getenv("UPDATE_GUIDE") == "" && !slices.Equal(blocks, other) {
		t.Error("the guides have different samples")
	}
	f := guideSite(t)
	answers := map[string]string{}
	for _, at := range order(blocks) {
		request, want := blocks[at], blocks[at+1]
		f.prepare(t, request, want)
		got := f.sample(t, request)
		if cursor := varies[2].is; cursor.MatchString(got) { // its length varies, so does the answer's
			got = varies[3].is.ReplaceAllString(got, fmt.Sprintf("Content-Length: %d", len(bodyOf(got))+1))
		}
		if got != want && os.Getenv("UPDATE_GUIDE") == "" {
			t.Errorf("the answer to\n%s\nis\n%s\nand the guide says\n%s", request, got, want)
		}
		answers[request+"```\n\n```http\n"+want] = request + "```\n\n```http\n" + got
	}
	if os.Getenv("UPDATE_GUIDE") != "" {
		update(t, answers)
	}
}

func bodyOf(answer string) string {
	_, body, _ := strings.Cut(answer, "\n\n")
	return strings.TrimRight(body, "\n")
}

// samples are the blocks of a guide: request, answer, request, answer …
func samples(t *testing.T, lang string) (blocks []string) {
	t.Helper()
	guide, err := openapi.Guide(lang)
	must(t, err)
	for _, m := range sampleBlock.FindAllStringSubmatch(string(guide), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 20 {
		t.Fatalf("the guide in %s has %d samples", lang, len(blocks))
	}
	return blocks
}

// order puts the outage last: nothing answers after it.
func order(blocks []string) (at []int) {
	last := -1
	for i := 0; i < len(blocks); i += 2 {
		if strings.HasPrefix(blocks[i+1], "HTTP/1.1 503") {
			last = i
			continue
		}
		at = append(at, i)
	}
	return append(at, last)
}

func update(t *testing.T, answers map[string]string) {
	t.Helper()
	for _, lang := range []string{"en", "ja"} {
		path := "../../openapi/mypage-guide." + lang + ".md"
		guide, err := os.ReadFile(path)
		must(t, err)
		for was, is := range answers {
			guide = bytes.ReplaceAll(guide, []byte(was), []byte(is))
		}
		must(t, os.WriteFile(path, guide, 0o644))
	}
}
