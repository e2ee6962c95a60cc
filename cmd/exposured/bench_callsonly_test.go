package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"

	"exposure/internal/email"
	"exposure/internal/mailer"
	"exposure/internal/redisdial"
)

// callsOnly is the bare stack with the calls that a journey of the product makes, and no more:
// as many limits, each in the least script that counts; a queue of mails in Redis; a code kept
// as a MAC and redeemed by a script; as many reads of the database; the same rows in the same
// table, committed in groups with full sync. Redis is dialled and mails are sent by the
// product's own packages; nothing is sealed, signed, proven or decided.
//
// What it costs beyond the bare stack is the design's. What the product costs beyond it is
// the code between the calls.
type callsOnly struct {
	redis                redis.UniversalClient
	count, issue, redeem *redis.Script
	sender               *mailer.SMTP
	from                 email.Address
	write                *sql.DB
	guesses, neighbours  *sql.Stmt
	rows                 chan rowPair
	key                  [32]byte
}

// rowPair is a guess and a disclosure about a tag, to be committed together.
type rowPair struct {
	tag  []byte
	done chan error
}

func newCallsOnly() *callsOnly {
	return &callsOnly{
		count:  redis.NewScript(`for _, k in ipairs(KEYS) do redis.call('INCRBY', k, 1) redis.call('PEXPIRE', k, ARGV[1]) end return 1`),
		issue:  redis.NewScript(`redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1`),
		redeem: redis.NewScript(`if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end redis.call('SET', KEYS[1], '', 'PX', ARGV[2]) return 1`),
		rows:   make(chan rowPair, 1024),
	}
}

func runCallsOnly(ctx context.Context, redisURL, smtpURL, database string, listening func(public, private net.Addr)) int {
	s, err := openCallsOnly(ctx, redisURL, smtpURL, database)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go s.commits()
	for range 12 {
		go s.mails(ctx)
	}
	e := echo.New()
	e.POST("/v1/verifications", s.start)
	e.POST("/v1/verifications/:id/confirmation", s.confirm)
	return serveEcho(ctx, e, listening)
}

func openCallsOnly(ctx context.Context, redisURL, smtpURL, database string) (_ *callsOnly, err error) {
	s := newCallsOnly()
	if s.redis, err = redisdial.Open(ctx, redisURL, "calls:"); err != nil {
		return nil, err
	}
	err = s.redis.XGroupCreateMkStream(ctx, "calls:mails", "mailers", "0").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		return nil, err
	}
	if s.sender, err = mailer.NewSMTP(mailer.SMTPConfig{URL: smtpURL}); err != nil {
		return nil, err
	}
	if s.from, err = email.Parse("calls@example.jp"); err != nil {
		return nil, err
	}
	return s, s.openDatabase(database)
}

// openDatabase opens it with the settings of sqlstore.
func (s *callsOnly) openDatabase(path string) (err error) {
	if s.write, err = sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)&_pragma=cache_size(-4000)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	const newest = `SELECT * FROM (SELECT seq, encoded, seal FROM audit_entries WHERE weighs = 1 AND tag = ?1 AND purpose = 'web' AND (outcome = 'refused') = `
	const last = ` ORDER BY seq DESC LIMIT 50)`
	s.guesses, err = read.Prepare(newest + `1` + last + ` UNION ALL ` + newest + `0` + last)
	if err != nil {
		return err
	}
	s.neighbours, err = read.Prepare(`SELECT tag, next, mac FROM roster_tags WHERE version = 1 AND tag <= ? ORDER BY tag DESC LIMIT 1`)
	return err
}

// take counts one of each in one script.
func (s *callsOnly) take(ctx context.Context, names ...string) error {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = "calls:" + n
	}
	return s.count.Run(ctx, s.redis, keys, 3_600_000).Err()
}

func (s *callsOnly) start(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.take(ctx, "request-ip", "request-net"); err != nil {
		return err
	}
	var in struct{ Email string }
	if err := c.Bind(&in); err != nil {
		return err
	}
	to, err := email.Parse(in.Email)
	if err != nil {
		return err
	}
	if err := s.redis.XLen(ctx, "calls:mails").Err(); err != nil {
		return err
	}
	for _, limit := range []string{"send-global", "send-address:" + in.Email, "send-mailbox:" + in.Email} {
		if err := s.take(ctx, limit); err != nil {
			return err
		}
	}
	id := hex.EncodeToString([]byte(rand.Text()[:16]))
	if err := s.redis.XAdd(ctx, &redis.XAddArgs{Stream: "calls:mails", Values: []string{"to", to.Reveal(), "id", id}}).Err(); err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]any{"id": id, "secret": "", "expires_at": time.Now().Add(time.Hour)})
}

func (s *callsOnly) mac(code string) string {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte(code))
	return hex.EncodeToString(h.Sum(nil))
}

func (s *callsOnly) mails(ctx context.Context) {
	for ctx.Err() == nil {
		got, err := s.redis.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "mailers", Consumer: "mailer", Streams: []string{"calls:mails", ">"}, Count: 4, Block: time.Second}).Result()
		if errors.Is(err, redis.Nil) { // none came within a second
			continue
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		for _, m := range got[0].Messages {
			if err := s.mail(ctx, m); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
}

func (s *callsOnly) mail(ctx context.Context, m redis.XMessage) error {
	if err := s.take(ctx, "send-domain"); err != nil {
		return err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return err
	}
	id, code := m.Values["id"].(string), fmt.Sprintf("%08d", n)
	if err := s.issue.Run(ctx, s.redis, []string{"calls:code:" + id}, s.mac(code), 1_800_000).Err(); err != nil {
		return err
	}
	to, err := email.Parse(m.Values["to"].(string))
	if err != nil {
		return err
	}
	err = s.sender.Send(ctx, mailer.Message{
		From: s.from, To: to, Subject: "Code", Body: "確認コード: " + code[:4] + "-" + code[4:] + "\n",
		Date: time.Now(), MessageID: id + "@example.jp",
	})
	if err != nil {
		return err
	}
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XDel(ctx, "calls:mails", m.ID)
		p.XAck(ctx, "calls:mails", "mailers", m.ID)
		return nil
	})
	return err
}

func (s *callsOnly) confirm(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	var in struct{ Code string }
	if err := c.Bind(&in); err != nil {
		return err
	}
	if err := s.take(ctx, "failed-ip", "failed-net"); err != nil {
		return err
	}
	tag := sha256.Sum256([]byte(id))
	if err := s.look(s.guesses, tag[:]); err != nil {
		return err
	}
	if len(in.Code) != 9 {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	ok, err := s.redeem.Run(ctx, s.redis, []string{"calls:code:" + id}, s.mac(in.Code[:4]+in.Code[5:]), 60_000).Int()
	if err != nil || ok != 1 {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	if err := s.look(s.neighbours, tag[:]); err != nil {
		return err
	}
	r := rowPair{tag[:], make(chan error, 1)}
	s.rows <- r
	if err := <-r.done; err != nil {
		return err
	}
	token := rand.Text()
	report := map[string]any{"status": "not_listed", "exposures": []string{}}
	kept, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if err := s.redis.Set(ctx, "calls:session:"+token, kept, 30*time.Minute).Err(); err != nil {
		return err
	}
	if err := s.take(ctx, "failed-ip", "failed-net"); err != nil { // given back
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"token": token, "report": report})
}

func (s *callsOnly) look(stmt *sql.Stmt, tag []byte) error {
	rows, err := stmt.Query(tag)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b, c sql.RawBytes
		if err := rows.Scan(&a, &b, &c); err != nil {
			return err
		}
	}
	return rows.Err()
}
