package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// byTime ends what was noted and is not noted any more, whichever kind it is.
const byTime = "alarm.TestNotedAlarmsEndByThemselves"

// alarmTests names, for each kind of alarm, the test that sees it begin and the one that sees
// it end, or why none does.
var alarmTests = map[string]struct{ begins, ends string }{
	"breaker-longer-codes":    {"TestAlarmOfTheBreaker", "TestAlarmsOfTheBreakerEnd"},
	"breaker-long-codes-only": {"TestAlarmsThatNobodyElseWaitsFor", "TestAlarmsOfTheBreakerEnd"},
	"mail-budget-low":         {"TestAlarmOfTheMailBudget", "TestTheMailBudgetComesBack"},
	"mail-budget-spent":       {"TestAlarmOfTheMailBudget", "TestTheMailBudgetComesBack"},
	"outbox-full":             {"TestAlarmOfAFullOutbox", "TestAlarmOfAFullOutbox"},
	"outbox-old":              {"TestAlarmOfAnOldMail", "TestAlarmOfAnOldMail"},
	"roster-unproven":         {"TestAlarmOfTheGuard", "TestAlarmOfTheGuard"},
	"answer-unproven":         {"TestAlarmOfTheGuard", byTime},
	"audit-append":            {"TestAlarmOfTheAuditLog", "TestAlarmsThatNobodyElseWaitsFor"},
	"audit-altered":           {"TestAlarmOfTheAuditLog", "none: what was altered stays so while the server runs"},
	"heads-not-kept":          {"TestAlarmsThatNobodyElseWaitsFor", "TestAlarmsThatNobodyElseWaitsFor"},
	"heads-cut":               {"TestAlarmOfTheHeads", "none: what was cut off stays so while the server runs"},
	"disk-low":                {"TestAlarmOfTheDisk", "TestAlarmOfTheDisk"},
	"limits-unavailable":      {"TestAlarmOfTheLimits", "TestAlarmOfTheLimits"},
	"letter-global":           {"TestAlarmsThatNobodyElseWaitsFor", byTime},
	"client-suspended":        {"TestWalkingThroughMembers", byTime},
	"client-tickets":          {"TestTicketsTriedOut", byTime},
	"agent-sign-in":           {"TestAlarmsThatNobodyElseWaitsFor", byTime},
	"agent-rate":              {"TestALimitOfAnAgent", byTime},
	"agent-foreign-call":      {"TestCallsOfOthers", byTime},
	"canary-touched":          {"TestACanaryIsTouched", byTime},
	"canaries-unproven":       {"TestAlarmsThatNobodyElseWaitsFor", "TestAlarmsThatNobodyElseWaitsFor"},
	"reset-unverified":        {"TestAnybodysFindIsAlarmed", byTime},
	"reset-unproven":          {"TestAlarmOfAMissingReset", byTime},
	"connector-down":          {"TestAlarmsOfTheWebhook", "TestAlarmsOfTheWebhook"},
	"webhook-dead":            {"TestAlarmsOfTheWebhook", "TestAlarmsOfTheWebhook"},
}

// TestEveryAlarmBeginsAndEndsInATest: each kind that is declared is named above, the tests
// are there, and each tells of the alarm that it is named for.
func TestEveryAlarmBeginsAndEndsInATest(t *testing.T) {
	declared := alarmKinds(t)
	if want, got := slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(alarmTests)); len(want) < 20 || !slices.Equal(want, got) {
		t.Errorf("declared are\n%v\nand named are\n%v", want, got)
	}
	tests := bodies(t)
	for kind, named := range alarmTests {
		for _, name := range []string{named.begins, named.ends} {
			if name == byTime || name == named.ends && noTest.MatchString(name) {
				continue
			}
			body, there := tests[name]
			if !there {
				t.Errorf("%s: there is no test %s", kind, name)
			}
			if !strings.Contains(body, `"`+kind) && !regexp.MustCompile(`\balarm\.`+declared[kind]+`\b`).MatchString(body) {
				t.Errorf("%s: %s does not tell of it", kind, name)
			}
		}
	}
	if testsOf(t, "../..")[byTime] == "" {
		t.Errorf("there is no test %s", byTime)
	}
}

// alarmKinds are the kinds that are declared, with the names of their constants.
func alarmKinds(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/alarm/kind.go", nil, parser.SkipObjectResolution)
	must(t, err)
	kinds := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if of, is := spec.Type.(*ast.Ident); is && of.Name == "Kind" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			must(t, err)
			kinds[value] = spec.Names[0].Name
		}
		return true
	})
	return kinds
}

// bodies are the texts of the tests of this package.
func bodies(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	all := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		must(t, err)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
		must(t, err)
		for _, d := range file.Decls {
			if f, is := d.(*ast.FuncDecl); is && f.Recv == nil {
				all[f.Name.Name] = string(text[set.Position(f.Pos()).Offset:set.Position(f.End()).Offset])
			}
		}
	}
	return all
}
