package demo_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/demo"
)

// TestPrepareTouchesNothingOfOthers: real keys in the folder are refused, however often it
// is tried, and never removed.
func TestPrepareTouchesNothingOfOthers(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "exposure.key")
	if err := os.WriteFile(key, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := demo.Prepare(t.Context(), dir, 1, time.Now()); err == nil {
			t.Error("a folder with a foreign key file was taken for the demo's")
		}
	}
	if got, err := os.ReadFile(key); err != nil || string(got) != "somebody's" {
		t.Errorf("the key file now holds %q, %v", got, err)
	}
}

// TestPrepareGoesOnAfterAnInterruption: what a first attempt left half-made is made anew,
// and what is finished is left as it is.
func TestPrepareGoesOnAfterAnInterruption(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"unfinished", "exposure.key", "incident.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	site, err := demo.Prepare(t.Context(), dir, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(site.KeyFile)
	if err != nil || len(made) == 0 {
		t.Fatalf("the key file holds %d bytes, %v", len(made), err)
	}
	if site, err = demo.Prepare(t.Context(), dir, 1, time.Now()); err != nil || site.Result != nil {
		t.Fatalf("a finished folder was made again: %v, %v", site.Result, err)
	}
	if again, _ := os.ReadFile(site.KeyFile); string(again) != string(made) {
		t.Error("a finished folder has other keys now")
	}
}
