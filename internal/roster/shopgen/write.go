package shopgen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Write writes the exports of the shop into an existing folder, and returns their paths
// by role: members, orders, items, deliveries, settlements (as far as this shop system
// has a file of its own for them), and mapping for a generic shop. Files that are there
// already are replaced.
func (s *Shop) Write(dir string) (map[string]string, error) {
	if s.err != nil {
		return nil, fmt.Errorf("inventing a shop: %w", s.err)
	}
	paths := map[string]string{}
	for i, f := range s.d.files {
		paths[f.role] = filepath.Join(dir, f.role+".csv")
		if err := s.writeFile(paths[f.role], f, uint64(i)); err != nil {
			return nil, fmt.Errorf("writing the %s of a shop: %w", f.role, err)
		}
	}
	if s.d.mapping != "" {
		paths["mapping"] = filepath.Join(dir, "mapping.yaml")
		if err := os.WriteFile(paths["mapping"], []byte(s.d.mapping), 0o600); err != nil {
			return nil, fmt.Errorf("writing the mapping of a shop: %w", err)
		}
	}
	return paths, nil
}

func (s *Shop) writeFile(path string, f file, salt uint64) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	style := s.style()
	if f.rows == ofPayments { // whose file is not the shop's
		style = Style{Encoding: UTF8, LineEnd: "\n", Quoting: RFC4180}
	}
	t := &table{s: s, w: NewWriter(out, style), columns: f.columns, rng: rand.New(rand.NewPCG(s.o.Seed, salt|1<<40))}
	if s.o.ShuffleColumns {
		t.columns = shuffled(t.columns, t.rng)
	}
	t.row = make([]string, len(t.columns))
	t.header()
	t.all(f.rows)
	t.emit()
	if err := t.w.Flush(); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// table is a file that is being written.
type table struct {
	s       *Shop
	w       *ExportWriter
	columns []column
	rng     *rand.Rand
	row     []string
	waiting [][][]string // records, each of one row or several, to be shuffled
	now     [][]string   // the record being made
	traces  int
	lines   int
}

// shuffleSpan is how many records change places among themselves.
const shuffleSpan = 4096

func (t *table) header() {
	for i, c := range t.columns {
		t.row[i] = c.name
	}
	_ = t.w.Write(t.row...) // Flush tells
}

func (t *table) put(x cell) {
	for i, c := range t.columns {
		v := c.cell(x)
		if t.s.d.has(fullTrim) {
			v = strings.TrimRight(v, " \t\r\n")
		}
		t.row[i] = v
	}
	if !t.s.o.ShuffleRows {
		_ = t.w.Write(t.row...)
		return
	}
	t.now = append(t.now, append([]string(nil), t.row...))
}

// end ends a record, whose rows stay together.
func (t *table) end() {
	if len(t.now) > 0 {
		t.waiting, t.now = append(t.waiting, t.now), nil
	}
	if len(t.waiting) >= shuffleSpan {
		t.emit()
	}
}

func (t *table) emit() {
	t.rng.Shuffle(len(t.waiting), func(i, k int) { t.waiting[i], t.waiting[k] = t.waiting[k], t.waiting[i] })
	for _, record := range t.waiting {
		for _, row := range record {
			_ = t.w.Write(row...)
		}
	}
	t.waiting = t.waiting[:0]
}

func (t *table) all(kind rows) {
	if kind == ofPayments {
		t.stray(settled())
	}
	for c := range t.s.clusters() {
		if kind == ofMembers {
			for _, r := range c.members {
				t.put(cell{s: t.s, reg: r, first: true})
				t.end()
			}
			continue
		}
		for _, o := range c.orders {
			t.order(kind, o)
		}
	}
	if kind == ofPayments {
		t.stray(covered())
	}
}

func (t *table) order(kind rows, o *order) {
	x := cell{s: t.s, o: o, first: true}
	switch kind {
	case ofOrders:
		x.to = &o.to[0]
		t.put(x)
		t.end()
	case ofItems:
		for _, p := range o.items {
			t.lines++
			x.item = &line{product: p, kind: 1, id: t.lines}
			t.put(x)
			t.end()
			x.first = false
		}
	case ofLines:
		t.statement(x)
	case ofDeliveries:
		for i := range o.to {
			x.to, x.at = &o.to[i], i
			t.put(x)
			t.end()
		}
	case ofPayments:
		for i := range o.payments {
			t.traces++
			x.pay, x.trace = &o.payments[i], t.traces
			t.put(x)
			t.end()
		}
	}
}

// stray is a payment for an order that the shop does not have. One stands at each end
// of the time the payment company's file covers.
func (t *table) stray(at time.Time) {
	t.traces++
	o := &order{number: 900_000_000 + t.traces}
	t.put(cell{s: t.s, o: o, pay: &payment{"承認", at, "tok_0000000000000000dm"}, trace: t.traces})
	t.end()
}

// statement writes the rows of an order whose export has one row for each line: goods
// of every delivery, then postage, then a charge and a discount that belong to none.
func (t *table) statement(x cell) {
	o := x.o
	put := func(p product, kind int, to *addressee, at int) {
		t.lines++
		x.item, x.to, x.at = &line{product: p, kind: kind, id: t.lines}, to, at
		t.put(x)
		x.first = false
	}
	for i := range o.to {
		put(o.items[min(i, len(o.items)-1)], 1, &o.to[i], i)
	}
	for _, p := range o.items[min(len(o.to), len(o.items)):] {
		put(p, 1, &o.to[0], 0)
	}
	if t.s.d.has(otherLines) {
		put(product{name: "送料"}, 2, &o.to[0], 0)
		put(product{name: "手数料"}, 3, nil, 0)
		if t.s.o.Quirks { // which is no engraved product
			put(product{name: "名前旗 特注サイズ 割引"}, 4, nil, 0)
		}
	}
	t.end()
}
