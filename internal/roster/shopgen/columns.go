package shopgen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// renamed gives columns other names.
func renamed(columns []column, names map[string]string) []column {
	out := slices.Clone(columns)
	for i := range out {
		if name, ok := names[out[i].name]; ok {
			out[i].name = name
		}
	}
	return out
}

func without(columns []column, name string) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c.name == name })
}

// ordered picks columns by their names.
func ordered(columns []column, names string) []column {
	var out []column
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if i < 0 {
			panic(fmt.Sprintf("shopgen: no column %q", name))
		}
		out = append(out, columns[i])
	}
	return out
}

// shuffled is another order of the columns, as a shop can choose it. Where the buyer and
// the addressee have columns of the same names, the name of each stands before them and
// nothing changes sides: nothing else could tell whose the columns are.
func shuffled(columns []column, rng *rand.Rand) []column {
	out := slices.Clone(columns)
	from := slices.IndexFunc(out, func(c column) bool { return c.name == "お届け先名前" })
	shuffle := func(part []column) { rng.Shuffle(len(part), func(i, k int) { part[i], part[k] = part[k], part[i] }) }
	if from < 0 {
		shuffle(out)
	} else {
		first := slices.IndexFunc(out, func(c column) bool { return c.name == "顧客名1" })
		out[0], out[first] = out[first], out[0]
		shuffle(out[1:from])
		shuffle(out[from+2:])
	}
	return settleTwins(out, columns)
}

// settleTwins brings columns of one name back into the order they had.
func settleTwins(out, before []column) []column {
	for name := range count(before) {
		of := slices.DeleteFunc(slices.Clone(before), func(c column) bool { return c.name != name })
		for i := range out {
			if out[i].name == name {
				out[i], of = of[0], of[1:]
			}
		}
	}
	return out
}

func count(columns []column) map[string]int {
	n := map[string]int{}
	for _, c := range columns {
		n[c.name]++
	}
	return n
}
