package eccube2_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2"
	"exposure/internal/kit/eccube2/host"
	"exposure/internal/live"
)

// TestGoingBackToWatchingHandsOutNoAccount: once somebody's password is blank, the shop's own
// page for forgotten passwords would give the account to whoever holds the stolen data. It
// stays closed when the owner goes back to watching, and the self-test says so.
func TestGoingBackToWatchingHandsOutNoAccount(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.isInstalled()
		s.watches()
		s.isSwitchedOn()
		has(t, "the forgot page before an order, watching again", s.forgotAfter("watch"), `value="mail_check"`)
		s.save("on")
		s.order(1001, "required")
		s.round()
		if s.count("SELECT COUNT(*) FROM dtb_customer WHERE customer_id = 1001 AND password <> ''") != 0 {
			t.Fatal("nobody is barred")
		}
		closed := s.forgotAfter("watch")
		has(t, "the forgot page with a blank password in the shop", closed, `content="closed"`)
		lacks(t, "the forgot page with a blank password in the shop", closed, "mail_check")
		has(t, "the self-test", s.save("watch"), "「監視のみ」でも、「パスワードを忘れた方」のページは閉じたままです")
		s.order(1001, "completed")
		s.round()
		has(t, "the forgot page once nobody is barred", s.forgotAfter("watch"), `value="mail_check"`)
	})
}

func (s *shop) forgotAfter(mode string) string {
	s.t.Helper()
	has(s.t, "going to "+mode, s.save(mode), "保存しました。")
	return s.Visitor(host.PC).Get("forgot/").Body
}

// TestNoFileOfTheKitAnswersOverTheWeb: in shops whose data folder can be reached from the web a
// file of the kit that is asked for by itself says nothing, also where PHP shows its errors.
func TestNoFileOfTheKitAnswersOverTheWeb(t *testing.T) {
	live.Need(t, "php")
	dir := filepath.Join(t.TempDir(), "kit")
	if err := eccube2.Write(dir, eccube2.Settings{}); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, root := range []string{"plugin", filepath.Join(dir, "without-plugin")} {
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(name) != ".php" {
				return err
			}
			asked++
			cmd := exec.Command("php", "-d", "display_errors=1", name)
			cmd.Env = append(os.Environ(), "REQUEST_METHOD=GET", "SCRIPT_NAME=/"+filepath.Base(name))
			if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "" {
				t.Errorf("%s says %q, %v", name, out, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if asked < 60 {
		t.Errorf("only %d files were asked for", asked)
	}
}
