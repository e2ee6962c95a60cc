package redisdial

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// slots is how many slots a Cluster has.
const slots = 16384

type slotRange struct{ first, last int }

// slotsOf reads which slots a master serves from the line that CLUSTER NODES has of itself:
// id, address, flags, master, ping, pong, epoch, link, then slots or ranges of them.
func slotsOf(ctx context.Context, c *redis.Client) ([]slotRange, error) {
	text, err := c.ClusterNodes(ctx).Result()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 8 || !strings.Contains(fields[2], "myself") {
			continue
		}
		var all []slotRange
		for _, f := range fields[8:] {
			if strings.HasPrefix(f, "[") { // on its way to another node
				continue
			}
			first, last, ranged := strings.Cut(f, "-")
			if !ranged {
				last = first
			}
			from, err1 := strconv.Atoi(first)
			to, err2 := strconv.Atoi(last)
			if err := errors.Join(err1, err2); err != nil || from < 0 || to >= slots || from > to {
				return nil, errors.New("its list of slots makes no sense")
			}
			all = append(all, slotRange{from, to})
		}
		return all, nil
	}
	return nil, errors.New("it does not know itself")
}

// slotOf is the slot of a key: CRC-16/XMODEM of what stands in the first braces, or of all
// of it (Redis Cluster Specification, "Key distribution model").
func slotOf(key string) int {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
			key = tag
		}
	}
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int(crc) % slots
}

// write tries every master with a key of its own.
func write(ctx context.Context, client redis.UniversalClient, prefix string, nodes []Node) error {
	var all []error
	for _, n := range nodes {
		if len(n.slots) == 0 && n.Addr != "" {
			continue // a master without slots serves nobody
		}
		if err := client.SetEx(ctx, n.probe(prefix), 1, time.Minute).Err(); err != nil {
			all = append(all, fmt.Errorf("%s takes no writes: %w", n.Name(), err))
		}
	}
	return errors.Join(all...)
}

// probe is a key that this master serves.
func (n Node) probe(prefix string) string {
	if len(n.slots) == 0 {
		return prefix + "ready"
	}
	for i := 0; ; i++ {
		key := prefix + "ready:{" + strconv.Itoa(i) + "}"
		slot := slotOf(key)
		for _, r := range n.slots {
			if r.first <= slot && slot <= r.last {
				return key
			}
		}
	}
}
