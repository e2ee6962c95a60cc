package breaker

// Network names a client's network without telling it. Networks of one site, which may all
// be one owner's, have the first half in common, and those of one block the first quarter; a
// network that is no part of any is a site and a block of its own, as is every site in rows of
// before blocks were told apart. Under a new key all have other names, and count anew.
type Network [16]byte

// NetworkOf names a network by the keyed tags of its block, of its site and of itself.
func NetworkOf(block, site, network [16]byte) Network {
	var n Network
	copy(n[:4], block[:])
	copy(n[4:8], site[:])
	copy(n[8:], network[:])
	return n
}

func (n Network) site() [8]byte { return [8]byte(n[:8]) }

func (n Network) block() [4]byte { return [4]byte(n[:4]) }

// counts are failures: at most perNetwork of a network, perSite of a site, perBlock of a block
// and longOnlyFrom in all. Beyond the highest level nothing more counts, which bounds the memory.
type counts struct {
	networks map[Network]int
	sites    map[[8]byte]int
	blocks   map[[4]byte]int
	total    int
}

func newCounts() counts { return counts{map[Network]int{}, map[[8]byte]int{}, map[[4]byte]int{}, 0} }

// add tells whether one more failure of the network counts.
func (c *counts) add(n Network) bool {
	if c.total >= longOnlyFrom || c.networks[n] >= perNetwork || c.sites[n.site()] >= perSite || c.blocks[n.block()] >= perBlock {
		return false
	}
	c.networks[n]++
	c.sites[n.site()]++
	c.blocks[n.block()]++
	c.total++
	return true
}

// remove takes a failure out that was counted.
func (c *counts) remove(n Network) {
	c.networks[n]--
	c.sites[n.site()]--
	c.blocks[n.block()]--
	c.total--
}
