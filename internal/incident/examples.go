package incident

import (
	"embed"
	"fmt"
)

//go:embed examples/*.yaml
var examples embed.FS

// Example returns an incident file that comes with the program: "tougyoku-2023", a
// whole case, or "harbour-2024", a small one.
func Example(name string) ([]byte, error) {
	src, err := examples.ReadFile("examples/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the example %q: %w", name, err)
	}
	return src, nil
}
