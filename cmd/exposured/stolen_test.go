package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"exposure/internal/email"
	"exposure/internal/vault"
)

// strangersTried is how many addresses of nobody's the thief tries beside everybody's.
const strangersTried = 100_000

// TestStolenDatabase: the thief has the database and the address of everybody in the shop,
// in the order of the shop's files, and no key. Nothing tells listed from unlisted ones.
func TestStolenDatabase(t *testing.T) {
	s := realSite(t)
	listed, unlisted := thiefsAddresses(t)
	s.exec(t, `PRAGMA wal_checkpoint(TRUNCATE)`)
	raw, err := os.ReadFile(strings.TrimPrefix(s.database, "sqlite:"))
	must(t, err)
	loot := newLoot(raw)

	plain := unsalted()
	for _, a := range slices.Concat(listed, unlisted) {
		for name, derive := range plain {
			if loot.holds(derive([]byte(a))) {
				t.Errorf("the database holds %s of an address", name)
			}
		}
	}
	salts := s.salts(t)
	few := slices.Concat(listed, unlisted[:len(listed)])
	for _, salt := range salts {
		for name, derive := range salted(salt) {
			for _, a := range few {
				if loot.holds(derive([]byte(a))) {
					t.Errorf("the database holds %s of an address, with a value of its own", name)
				}
			}
		}
	}
	t.Logf("%d bytes, %d addresses by %d hashes, %d of them by %d values of the database", len(raw), len(listed)+len(unlisted), len(plain), len(few), len(salts))

	// With the key the same search finds exactly who is listed.
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	found := map[bool]int{}
	for i, a := range slices.Concat(listed, unlisted) {
		parsed, err := email.Parse(a)
		must(t, err)
		tag := keys.Tag(parsed)
		if loot.holds(tag[:]) {
			found[i < len(listed)]++
		}
	}
	if found[true] != len(listed) || found[false] != 0 {
		t.Errorf("with the key %d of %d listed and %d unlisted addresses are found", found[true], len(listed), found[false])
	}
}

// thiefsAddresses are everybody who is listed, in the shop's order, and strangers.
func thiefsAddresses(t *testing.T) (listed, unlisted []string) {
	t.Helper()
	known := map[string]bool{}
	for _, row := range table(t, "truth.csv") {
		for _, a := range strings.Split(row["emails"], ";") {
			if a != "" && !known[a] {
				known[a] = true
				listed = append(listed, a)
			}
		}
	}
	domains := []string{"example.com", "example.jp", "docomo.ne.jp", "ezweb.ne.jp", "example.ne.jp"}
	for i := range strangersTried {
		if a := fmt.Sprintf("test-%x.%d@%s", i*7919, i%997, domains[i%len(domains)]); !known[a] {
			unlisted = append(unlisted, a)
		}
	}
	return listed, unlisted
}

// loot finds values anywhere in a file, whatever column or page they stand in.
type loot struct {
	raw     []byte
	maybe   []uint64 // a bit for each eight bytes that occur
	windows []uint64 // sorted
}

func newLoot(raw []byte) *loot {
	l := &loot{raw: raw, maybe: make([]uint64, 1<<21)}
	for i := 0; i+8 <= len(raw); i++ {
		w := binary.LittleEndian.Uint64(raw[i:])
		l.maybe[w>>6&(1<<21-1)] |= 1 << (w & 63)
		l.windows = append(l.windows, w)
	}
	slices.Sort(l.windows)
	return l
}

// holds tells whether the first half of a value stands somewhere: nobody shortens a hash
// further. Values of eight bytes are looked for whole.
func (l *loot) holds(value []byte) bool {
	w := binary.LittleEndian.Uint64(value)
	if l.maybe[w>>6&(1<<21-1)]>>(w&63)&1 == 0 {
		return false
	}
	if _, found := slices.BinarySearch(l.windows, w); !found {
		return false
	}
	return bytes.Contains(l.raw, value[:max(8, len(value)/2)])
}

// unsalted are the ways to hash an address that need nothing else.
func unsalted() map[string]func([]byte) []byte {
	all := map[string]func([]byte) []byte{
		"MD5": func(b []byte) []byte { h := md5.Sum(b); return h[:] }, "SHA-1": func(b []byte) []byte { h := sha1.Sum(b); return h[:] },
		"SHA-256": func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }, "SHA-512": func(b []byte) []byte { h := sha512.Sum512(b); return h[:] },
		"SHA-256 twice": func(b []byte) []byte { h := sha256.Sum256(b); h = sha256.Sum256(h[:]); return h[:] },
		"the text":      func(b []byte) []byte { return b },
		"the name": func(b []byte) []byte {
			name, _, _ := bytes.Cut(b, []byte("@"))
			return append(bytes.Clone(name), '@', b[len(name)+1], b[len(name)+2], b[len(name)+3])
		},
		"base64": func(b []byte) []byte { return []byte(base64.RawStdEncoding.EncodeToString(b)) },
	}
	for _, of := range []string{"MD5", "SHA-1", "SHA-256", "SHA-512", "the text"} {
		derive := all[of]
		all[of+" in hex"] = func(b []byte) []byte { return []byte(hex.EncodeToString(derive(b))) }
	}
	return all
}

// salted are the ways to hash an address with a value of the database.
func salted(salt []byte) map[string]func([]byte) []byte {
	mac := hmac.New(sha256.New, salt)
	framed := func(parts ...[]byte) []byte {
		var b []byte
		for _, p := range parts {
			b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
		}
		return b
	}
	return map[string]func([]byte) []byte{
		"HMAC-SHA-256":        func(b []byte) []byte { mac.Reset(); mac.Write(b); return mac.Sum(nil) },
		"HMAC-SHA-256 framed": func(b []byte) []byte { mac.Reset(); mac.Write(framed([]byte("tag"), b)); return mac.Sum(nil) },
		"SHA-256 after":       func(b []byte) []byte { h := sha256.Sum256(append(bytes.Clone(salt), b...)); return h[:] },
		"SHA-256 before":      func(b []byte) []byte { h := sha256.Sum256(append(bytes.Clone(b), salt...)); return h[:] },
		"SHA-1 after":         func(b []byte) []byte { h := sha1.Sum(append(bytes.Clone(salt), b...)); return h[:] },
		"MD5 after":           func(b []byte) []byte { h := md5.Sum(append(bytes.Clone(salt), b...)); return h[:] },
	}
}

// salts are all values of the small tables, and those of some rows of the large ones, as
// they are and as text.
func (s site) salts(t *testing.T) (all [][]byte) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	seen := map[string]bool{}
	for _, name := range []string{"roster_versions", "publications", "roster_stagings", "audit_tree", "audit_heads", "audit_entries", "pauses",
		"decisions", "roster_reviews", "roster_tags", "roster_persons", "roster_handles", "roster_contacts"} {
		rows, err := db.Query(`SELECT * FROM ` + name + ` LIMIT 15`)
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		for rows.Next() {
			must(t, rows.Scan(into...))
			for _, v := range row {
				b, ok := v.([]byte)
				if !ok {
					b = fmt.Append(nil, v)
				}
				if len(b) > 3 && len(b) < 200 && !seen[string(b)] {
					seen[string(b)] = true
					all = append(all, bytes.Clone(b))
				}
			}
		}
		must(t, rows.Err())
		must(t, rows.Close())
	}
	if len(all) < 50 {
		t.Fatalf("only %d values of the database", len(all))
	}
	return all
}

// TestStolenOrder: neither the place of a row, nor the length of anything in it, goes with
// the shop's order or with what is known about a person.
func TestStolenOrder(t *testing.T) {
	s := realSite(t)
	listed, _ := thiefsAddresses(t)
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db := s.open(t)
	defer db.Close()
	var shop, size, tag, person, answer, member, evidence []float64
	lengths := map[int]bool{}
	for i, a := range listed {
		parsed, err := email.Parse(a)
		must(t, err)
		key := keys.Tag(parsed)
		var stored struct{ P []struct{ R int64 } }
		var text, sealed []byte
		must(t, db.QueryRow(`SELECT answer FROM roster_tags WHERE tag = ?`, key[:]).Scan(&text))
		must(t, json.Unmarshal(text, &stored))
		if len(stored.P) == 0 || stored.P[0].R == 0 {
			t.Fatal("an answer names no person: look at how it is stored now")
		}
		var why int
		must(t, db.QueryRow(`SELECT member_id_sealed, length(evidence) FROM roster_persons WHERE person = ?`, stored.P[0].R).Scan(&sealed, &why))
		if len(sealed) > 0 {
			lengths[len(sealed)] = true
		}
		shop, size = append(shop, float64(i)), append(size, float64(len(a)))
		tag, person = append(tag, float64(binary.BigEndian.Uint64(key[:])>>11)), append(person, float64(stored.P[0].R))
		answer, member, evidence = append(answer, float64(len(text))), append(member, float64(len(sealed))), append(evidence, float64(why))
	}
	if len(lengths) != 1 {
		t.Errorf("sealed member ids have %d lengths", len(lengths))
	}
	// Of n pairs that have nothing to do with each other the coefficient has the standard
	// deviation 1/sqrt(n-1); five of them are one in two million.
	chance := 5 / math.Sqrt(float64(len(listed)-1))
	for name, pair := range map[string][2][]float64{
		"tag and the shop's order": {tag, shop}, "number and the shop's order": {person, shop}, "number and tag": {person, tag},
		"tag and the length of the address": {tag, size}, "number and the length of the address": {person, size},
		"length of the answer and of the address": {answer, size}, "length of the sealed member id and of the address": {member, size},
		"length of the evidence and of the address": {evidence, size},
	} {
		if rho := rankCorrelation(pair[0], pair[1]); math.Abs(rho) > chance {
			t.Errorf("%s go together: %.3f, by chance at most %.3f", name, rho, chance)
		}
	}
	if rho := rankCorrelation(shop, shop); rho < 0.999 {
		t.Errorf("an order goes with itself by %.3f", rho)
	}
}

// rankCorrelation is Spearman's: that of the ranks, with equal values at their middle rank.
func rankCorrelation(a, b []float64) float64 {
	x, y := ranks(a), ranks(b)
	mean := float64(len(a)-1) / 2
	var xy, xx, yy float64
	for i := range x {
		xy, xx, yy = xy+(x[i]-mean)*(y[i]-mean), xx+(x[i]-mean)*(x[i]-mean), yy+(y[i]-mean)*(y[i]-mean)
	}
	if xx == 0 || yy == 0 {
		return 0 // all alike
	}
	return xy / math.Sqrt(xx*yy)
}

func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case values[i] < values[j]:
			return -1
		case values[i] > values[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(values))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && values[order[j]] == values[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}
