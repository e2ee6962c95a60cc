package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/live"
)

// letterGuesses is how many letter numbers are tried out after the limit of the day:
// EXPOSURE_LETTER_GUESSES=1000000 makes it a million, for which CI has no time.
func letterGuesses(t *testing.T) int {
	t.Helper()
	text := os.Getenv("EXPOSURE_LETTER_GUESSES")
	if text == "" {
		return 60_000
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// TestLetterNumbersByTheMillion: however many are tried out after the five hundred of the day,
// from however many networks, not one is looked up, and nothing of them stays, not even for a
// minute: no row in the log and no key in Redis. Nor does anything of those that one network
// tries beyond its own twenty an hour.
func TestLetterNumbersByTheMillion(t *testing.T) {
	atFullSpeed(t, "it is one limit, asked again and again")
	g := aim(t, live.NewRedis(t))
	const each, networks = 20, 300 // as many as one network may fail in an hour
	if said := g.tryLetters(t, 400, 1, 10*each); said[422] != each || said[429] != 9*each {
		t.Fatalf("%d of one network were answered %v, want %d refused", 10*each, said, each)
	}
	if left := g.keysLike(t, "*:back:*"); len(left) != 0 {
		t.Errorf("of what one network tried beyond its limit %d keys are left, such as %q", len(left), left[0])
	}
	if said := g.tryLetters(t, 0, 30, each); said[422] != 500-each || said[503] != 31*each-500 {
		t.Fatalf("600 of 30 networks were answered %v, want %d refused", said, 500-each)
	}
	rows, keys := g.allRows(t), g.keysLike(t, "*")
	began, n := time.Now(), letterGuesses(t)
	said := g.tryLetters(t, 30, networks, n/networks)
	t.Logf("%d more were answered %v in %v", n/networks*networks, said, time.Since(began).Round(time.Second))
	if said[503]+said[429] != n/networks*networks {
		t.Errorf("after the limit they were answered %v, want not one looked up", said)
	}
	if now := g.allRows(t); now != rows {
		t.Errorf("they wrote %d rows", now-rows)
	}
	now := slices.DeleteFunc(g.keysLike(t, "*"), func(key string) bool {
		return slices.Contains(keys, key) || strings.HasSuffix(key, ":ready") // which comes and goes by itself
	})
	if len(now) > 0 {
		t.Errorf("they left %d keys in Redis, such as %q", len(now), now[0])
	}
}

// tryLetters sends well-formed numbers, so many from each of these networks, and counts the
// answers by status.
func (g *target) tryLetters(t *testing.T, first, networks, each int) (said map[int]int) {
	t.Helper()
	said = map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan int)
	for range 16 {
		all.Go(func() {
			for network := range next {
				b := from(g.public, source(network))
				for range each {
					r, err := b.try(http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": anyLetterNumber().Grouped()})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					said[r.status]++
					mu.Unlock()
				}
				b.client.CloseIdleConnections()
			}
		})
	}
	for network := first; network < first+networks; network++ {
		next <- network
	}
	close(next)
	all.Wait()
	return said
}

// anyLetterNumber is one of 10^12, drawn as a real one is.
func anyLetterNumber() breach.LetterNumber {
	for {
		if n, ok := breach.NewLetterNumber(fmt.Sprintf("%012d", rand.Int64N(1e12))); ok {
			return n
		}
	}
}

func (g *target) allRows(t *testing.T) (n int) {
	t.Helper()
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries`).Scan(&n))
	return n
}
