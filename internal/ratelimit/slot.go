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
	if place == "" { // a Cluster takes empty braces for none
		return "{" + name + ":}" + rest
	}
	return name + ":{" + place + "}" + rest
}

// placeOf is what decides where a counter is kept.
func placeOf(member string) string {
	_, key, _ := strings.Cut(member, ":")
	place, _, _ := strings.Cut(key, ":")
	if place == "" {
		return member
	}
	return place
}

// byPlace are the asks that are kept together, as their indices, in the order of the asks.
func byPlace(asks []ask) [][]int {
	var groups [][]int
	at := map[string]int{}
	for i, a := range asks {
		place := placeOf(a.key)
		if _, known := at[place]; !known {
			at[place] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[place]] = append(groups[at[place]], i)
	}
	return groups
}
