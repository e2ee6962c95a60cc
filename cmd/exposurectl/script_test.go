package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"exposure/internal/incident"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"exposurectl": func() {
			os.Exit(run(context.Background(), os.Args[1:], terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
		},
	})
}

// TestScripts walks the operator's program through its days; read testdata first.
func TestScripts(t *testing.T) {
	shop, err := filepath.Abs("../../../shared/data/eccube2-a")
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(shop)
	if missing != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the shop exports are not at %s", shop)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SHOP", shop)
			for _, name := range []string{"tougyoku-2023", "harbour-2024"} {
				src, err := incident.Example(name)
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(e.WorkDir, name+".yaml"), src, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "shop" && missing == nil, nil },
	})
}
