package otp_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// TestRepeatedCallsChangeNothing: each script runs, its reply is lost, and the cluster
// client sends the call again. The guess is charged once and its verdict comes, the mail
// counts once and its code works, a verification is revived once.
func TestRepeatedCallsChangeNothing(t *testing.T) {
	client, proxy := live.ClusterBehindProxy(t)
	w := &world{Store: otp.NewRedis(client, otp.Config{Prefix: "t:"}), tb: t, now: time.Now(), back: func(time.Time) {}}
	p := w.person()
	warm := p.visit(otp.Web)
	warm.want(warm.mail().digits, otp.Accepted)
	if err := w.Revive(context.Background(), p.tag, otp.Web, warm.nonce); err != nil { // all three scripts are known now
		t.Fatal(err)
	}
	cut := func() { proxy.CutOneReply("evalsha", 0) }

	p = w.person()
	v := p.visit(otp.Web)
	cut()
	m := v.mail()
	if mails := strings.Count(w.dump(p, otp.Web), `"o":`); mails != 1 {
		t.Errorf("%d codes live after one mail", mails)
	}
	if second := v.mail(); second.Form != otp.Short { // the third would be long
		t.Errorf("the second mail carries a %s code: the first counted twice", second.Form)
	}
	cut()
	if got := v.want(wrong(v), otp.Wrong); got.AttemptsLeft != 4 {
		t.Errorf("%d tries left after one wrong code, want 4", got.AttemptsLeft)
	}
	if failures := strings.Count(w.dump(p, otp.Web), `"a":`); failures != 2 { // the failure and its verdict
		t.Errorf("a wrong code is noted %d times, want 2", failures)
	}
	cut()
	if got := v.want(m.digits, otp.Accepted); got.AttemptsLeft != 3 {
		t.Errorf("%d tries left after a right code, want 3", got.AttemptsLeft)
	}
	cut()
	if err := w.Revive(context.Background(), p.tag, otp.Web, v.nonce); err != nil {
		t.Fatal(err)
	}
	if got := v.want(wrong(v), otp.NoCode); got.AttemptsLeft != 3 {
		t.Errorf("%d tries left after one was given back, want 3", got.AttemptsLeft)
	}
}

// TestScriptsAreKilledAndFlushed: a script is killed while it runs; nothing is accepted or
// charged by it, and the same call is judged afterwards.
func TestScriptsAreKilledAndFlushed(t *testing.T) {
	server := live.NewRedis(t)
	store := otp.NewRedis(dial(t, server.Addr()), otp.Config{Prefix: "t:"})
	w := &world{Store: store, tb: t, now: time.Now(), back: func(time.Time) {}}
	for try := 1; ; try++ {
		v := w.person().visit(otp.Web)
		m := v.mail()
		a, state := v.attempt(m.digits), w.dump(v.p, otp.Web)
		if !killed(t, server, w, a, v.p, 50_000*try) { // the machine was too fast or too slow
			if try == 20 {
				t.Fatal("no script was killed")
			}
			continue
		}
		w.plant(v.p, otp.Web, state)
		server.Do("SCRIPT FLUSH")
		got, err := store.Redeem(context.Background(), a)
		if err != nil || !got.Accepted || got.AttemptsLeft != 4 {
			t.Errorf("the same call afterwards: %+v, %v; want it accepted and charged once", got, err)
		}
		return
	}
}

// killed lets a guess run into SCRIPT KILL, and tells whether it was hit. Redis kills only
// what runs for long and has not written, so the state gets that many entries to read.
func killed(t *testing.T, server *live.RedisServer, w *world, a otp.Attempt, p *person, entries int) bool {
	t.Helper()
	old := strings.Repeat(`{"a":"x","t":1},`, entries)
	w.plant(p, otp.Web, strings.Replace(w.dump(p, otp.Web), "{", `{"f":[`+old[:len(old)-1]+`],`, 1))
	server.Do("CONFIG SET busy-reply-threshold 1")
	client := dial(t, server.Addr())
	judged := make(chan error, 1)
	go func() {
		_, err := w.Redeem(context.Background(), a)
		judged <- err
	}()
	for {
		select {
		case err := <-judged:
			for client.Ping(context.Background()).Err() != nil { // it may still run
				time.Sleep(10 * time.Millisecond)
			}
			return err != nil && strings.Contains(err.Error(), "killed")
		default:
			_ = client.ScriptKill(context.Background()).Err() // nothing runs, or it is killed
		}
	}
}

// TestScriptsAreForgottenUnderLoad: SCRIPT FLUSH and SCRIPT KILL all the time, while
// guesses come in parallel.
func TestScriptsAreForgottenUnderLoad(t *testing.T) {
	server := live.NewRedis(t)
	client := dial(t, server.Addr())
	w := &world{Store: otp.NewRedis(client, otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}}
	ctx, stop := context.WithCancel(context.Background())
	var vandals sync.WaitGroup
	vandals.Go(func() {
		for ctx.Err() == nil {
			_ = client.ScriptFlush(ctx).Err()
			_ = client.ScriptKill(ctx).Err() // nothing runs, or it is killed
		}
	})
	for range 20 {
		v := w.person().visit(otp.Web)
		m := v.mail()
		all := []otp.Attempt{v.attempt(m.digits), v.attempt(m.digits)}
		for range 8 {
			all = append(all, v.attempt(wrong(v)))
		}
		got := burst(t, w, all)
		if a, e := count(got, accepted), count(got, evaluated); a > 1 || e > 5 || a == 0 && e < 5 {
			t.Fatalf("%d accepted, %d evaluated", a, e)
		}
	}
	stop()
	vandals.Wait()
}
