package ratelimit

import "strings"

// slotted is a counter's key in Redis, name and key of the counter given as name:key. What
// stands before the first colon of the key decides where a Cluster keeps it: counters that
// share it are together on one node, and with whatever else names it in braces. So they are
// lost together, and a script may see them at once.
func slotted(member string) string {
	name, key, _ := strings.Cut(member, ":")
	place, rest, more := strings.Cut(key, ":")
	if more {
		rest = ":" + rest
	}
	return name + ":{" + place + "}" + rest
}
