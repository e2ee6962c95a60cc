package reset

import (
	"errors"
	"fmt"
	"time"
)

// KitSilence is how long a kit may be silent: it reports every minute, and ten runs that
// all fail are no hiccup.
const KitSilence = 10 * time.Minute

// ErrNoKit: no kit in the shop is seen to carry out resets.
var ErrNoKit = errors.New("no kit in the shop is seen to carry out resets")

// KitStanding says what the kits in a shop do, by their last reports.
type KitStanding string

// The standings. Never is that no kit ever reported with a key that is still good.
const (
	KitWorks   KitStanding = "works"
	KitWatches KitStanding = "watches"
	KitSilent  KitStanding = "silent"
	KitNever   KitStanding = "never"
)

// Standing is what the kits do at a time, and the kit that this is about: one that works
// before one that only watches, and that before one that is silent. The kits are in the order
// of their reports, newest first.
func Standing(kits []Kit, now time.Time) (Kit, KitStanding) {
	var watching *Kit
	for i, k := range kits {
		switch {
		case !k.heard(now):
		case k.On:
			return k, KitWorks
		case watching == nil:
			watching = &kits[i]
		}
	}
	switch {
	case watching != nil:
		return *watching, KitWatches
	case len(kits) > 0:
		return kits[0], KitSilent
	}
	return Kit{}, KitNever
}

// heard tells whether the kit's report is young. One from the future is as old as one from
// the past: a clock was wrong.
func (k Kit) heard(now time.Time) bool { return now.Sub(k.At).Abs() <= KitSilence }

// KitWorking is nil while a kit carries out resets, else it wraps ErrNoKit and says what to do.
func KitWorking(kits []Kit, now time.Time) error {
	k, standing := Standing(kits, now)
	switch standing {
	case KitWorks:
		return nil
	case KitWatches:
		return fmt.Errorf("%w: %q only watches. Switch it on in the shop", ErrNoKit, k.Client)
	case KitSilent:
		return fmt.Errorf("%w: %q last reported at %s. See in the shop what its self-test says",
			ErrNoKit, k.Client, k.At.UTC().Format("2006-01-02 15:04 MST"))
	default:
		return fmt.Errorf("%w: none has reported yet. Give it a key (\"exposurectl client add kit --scope complete,list,enforce\"), enter that in the shop and switch the kit on",
			ErrNoKit)
	}
}
