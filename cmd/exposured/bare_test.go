package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
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
)

// bare is the stack without the product, to measure the price of its guarantees: the
// same HTTP library, Redis client, Redis, SMTP client and mail server, and nothing else:
// no limits, no audit, no database, no sealing. A code is compared and deleted.
func bare(ctx context.Context, redisURL, smtpURL string, listening func(public, private net.Addr)) int {
	o, err := redis.ParseURL(redisURL)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	client := redis.NewClient(o)
	sender, err := mailer.NewSMTP(mailer.SMTPConfig{URL: smtpURL})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	from, _ := email.Parse("bare@example.jp")
	mails := make(chan mailer.Message, 10_000)
	for range 4 {
		go func() {
			for m := range mails {
				if err := sender.Send(ctx, m); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		}()
	}
	e := echo.New()
	e.POST("/v1/verifications", func(c echo.Context) error {
		var in struct{ Email string }
		if err := c.Bind(&in); err != nil {
			return err
		}
		to, err := email.Parse(in.Email)
		if err != nil {
			return err
		}
		n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
		if err != nil {
			return err
		}
		id, code := hex.EncodeToString([]byte(rand.Text()[:16])), fmt.Sprintf("%08d", n)
		if err := client.Set(c.Request().Context(), "bare:"+id, code, 30*time.Minute).Err(); err != nil {
			return err
		}
		mails <- mailer.Message{
			From: from, To: to, Subject: "Code", Body: "確認コード: " + code[:4] + "-" + code[4:] + "\n",
			Date: time.Now(), MessageID: id + "@example.jp",
		}
		return c.JSON(http.StatusAccepted, map[string]any{"id": id, "secret": "", "expires_at": time.Now().Add(time.Hour)})
	})
	e.POST("/v1/verifications/:id/confirmation", func(c echo.Context) error {
		var in struct{ Code string }
		if err := c.Bind(&in); err != nil {
			return err
		}
		want, err := client.GetDel(c.Request().Context(), "bare:"+c.Param("id")).Result()
		if err != nil || len(in.Code) != 9 || want != in.Code[:4]+in.Code[5:] {
			return echo.NewHTTPError(http.StatusUnprocessableEntity)
		}
		return c.JSON(http.StatusOK, map[string]any{"token": rand.Text(), "report": map[string]any{"status": "not_listed", "exposures": []string{}}})
	})
	return serveEcho(ctx, e, listening)
}

// serveEcho serves until ctx ends.
func serveEcho(ctx context.Context, e *echo.Echo, listening func(public, private net.Addr)) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	listening(ln.Addr(), ln.Addr())
	srv := &http.Server{Handler: e}
	go srv.Serve(ln)
	<-ctx.Done()
	_ = srv.Close()
	return 0
}
