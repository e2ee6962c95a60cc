package wording

import (
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Changed is said above a "not on the list" to somebody whom an earlier list held. asOf
// is when the present list was published, in the incident's zone.
func Changed(asOf time.Time, l breach.Locale) string {
	switch l {
	case breach.English:
		return fmt.Sprintf("This differs from your last result: as of %s this address is not on the list.", asOf.Format("2 January 2006, 15:04 (MST)"))
	case breach.EasyJapanese:
		return "前の こたえと ちがいます。いまは、この メールでは 見つかりません。"
	default:
		return fmt.Sprintf("前回の確認結果から変わりました。%d年%s時点の調査では、このメールアドレスは一覧にありません。", asOf.Year(), DayClock(asOf, l))
	}
}
