package main

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/demo"
)

// crowd is listed people and as many strangers of the same providers and lengths.
type crowd struct{ listed, strangers []string }

func gather(shop *demo.Shop) (c crowd) {
	taken := map[string]bool{}
	for _, p := range shop.People() {
		for _, address := range p.Emails {
			if !taken[address] && !strings.Contains(address, "+") { // tags share the mails of a mailbox
				taken[address] = true
				c.listed = append(c.listed, address)
			}
		}
	}
	for _, address := range c.listed {
		at := strings.LastIndexByte(address, '@')
		local := []byte(address[:at])
		for try := byte(1); ; try++ { // other letters and digits in the same places
			for i, b := range local {
				switch {
				case b >= 'a' && b <= 'z':
					local[i] = 'a' + (b-'a'+try)%26
				case b >= '0' && b <= '9':
					local[i] = '0' + (b-'0'+try)%10
				}
			}
			if other := string(local) + address[at:]; !taken[other] {
				taken[other] = true
				c.strangers = append(c.strangers, other)
				break
			}
		}
	}
	return c
}

// crowdOf is so many of the people of listSite, which publishes the first of them, and as many
// who would follow.
func crowdOf(people int) (c crowd) {
	for i := range people {
		c.listed = append(c.listed, personOfList(i))
		c.strangers = append(c.strangers, personOfList(people+i))
	}
	return c
}

// turn is one request of a round.
type turn struct {
	address string
	listed  bool
}

// turns is one turn of everybody, in random order, in which the next few of each group are
// always among each other: see moment.
func (c crowd) turns() (all []turn) {
	listed, strangers := rand.Perm(len(c.listed)), rand.Perm(len(c.strangers))
	for i := 0; i < len(listed); i += moment {
		begun := len(all)
		for k := i; k < min(i+moment, len(listed)); k++ {
			all = append(all, turn{c.listed[listed[k]], true}, turn{c.strangers[strangers[k]], false})
		}
		few := all[begun:]
		rand.Shuffle(len(few), func(i, j int) { few[i], few[j] = few[j], few[i] })
	}
	return all
}

// measure sends the requests of all turns one after the other on one connection and takes
// the time until the first byte of each answer.
func measure(t *testing.T, base string, all []turn, request func(turn) string, answered func(turn, reply)) (listed, strangers []time.Duration) {
	t.Helper()
	l := dial(t, base)
	defer l.Close()
	for _, this := range all {
		text := request(this)
		must(t, l.SetDeadline(time.Now().Add(patience)))
		begin := time.Now()
		l.say(t, text)
		_, err := l.r.Peek(1)
		took := time.Since(begin)
		must(t, err)
		answered(this, l.next(t, http.MethodPost))
		if this.listed {
			listed = append(listed, took)
		} else {
			strangers = append(strangers, took)
		}
	}
	return listed, strangers
}
