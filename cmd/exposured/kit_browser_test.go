package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/live"
)

// TestTheKitInABrowser is a member's way in a shop with the kit, on a phone and by keyboard.
func TestTheKitInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	atFullSpeed(t, "the browser's own test is of pages, not of races")
	k := kitDatabase{t, live.NewPostgres(t), true}.open(t, "2.25.0")
	k.switchOn()
	k.desk.order(t, "1002")
	k.round()
	stage, err := json.Marshal(map[string]string{
		"chromium": chromium, "base": k.URL, "shop": k.URL, "lookup": k.server.public, "ticket": k.URL + "forgot/?ticket=" + k.ticket("taro@example.com"),
		"address": "taro@example.com", "password": chosenInKit,
	})
	must(t, err)
	cmd := exec.CommandContext(t.Context(), "node", "eccube2.mjs")
	cmd.Dir = suite
	cmd.Env = append(os.Environ(), "EXPOSURE_STAGE="+string(stage), "NODE_OPTIONS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if got := k.desk.state(t, "1002"); got != breach.ResetCompleted {
		t.Errorf("the reset is %s", got)
	}
}
