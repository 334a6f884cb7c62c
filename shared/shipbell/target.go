package shipbell

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// TargetID is a target's number within its trigger. It counts up from 1 and is never
// used again for another target of that trigger.
type TargetID int64

// Target is where a delivery goes.
type Target struct {
	// ID is 0 until the trigger is stored. It stays when the URL, the headers or the
	// format change.
	ID      TargetID `json:"id"`
	URL     string   `json:"url"`
	Headers []Header `json:"headers"`
	Format  Format   `json:"format"`
	// Template makes the body for FormatTemplate; other formats have none.
	Template string `json:"template"`
	// Secret is used as Options.Auth says. With AuthStandard it is what ReadSigningKey takes.
	// "" for requests without.
	Secret Secret `json:"secret"`
	// FormerSecret is the one before Secret, which goes on signing until FormerSecretUntil. Change
	// alone sets it; no user does.
	FormerSecret      Secret    `json:"former_secret,omitzero"`
	FormerSecretUntil time.Time `json:"former_secret_until,omitzero"`
	// DropFormerSecret asks Change for a target without a former secret.
	DropFormerSecret bool `json:"-"`
	// CertificateKey is the key, in PEM, of Options.Certificate.
	CertificateKey Secret `json:"certificate_key,omitzero"`
	Options
	// PathSecret tells that the path of the URL is a secret. Those of known chat
	// services are without it.
	PathSecret bool `json:"path_secret,omitempty"`
	// FormerURL is the URL that the target had when it got its id, if an older version
	// made it: deliveries of that version name their target by the URL.
	FormerURL string `json:"former_url,omitempty"`
}

// Header is a user's own header of a target; each value is sent on a line of
// its own.
type Header struct {
	Key    string   `json:"key"`
	Values []Secret `json:"values"`
}

// MaskedURL is the target's URL without its secrets.
func (t Target) MaskedURL() string { return MaskURL(t.URL, t.PathSecret) }

// key tells the target from others of its trigger in the ids of deliveries. A target of
// a trigger that was never stored goes by its URL.
func (t Target) key() string {
	if t.ID == 0 {
		return t.URL
	}
	return fmt.Sprintf("#%d", t.ID)
}

// parts are the resources of each delivery that an event makes for the target, with what
// tells it from the trigger's others. Where a delivery has one resource that is its tag and
// digest, and not its place: it is the same delivery whatever comes with it in the event.
func (t Target) parts(resources []Resource) iter.Seq2[string, []Resource] {
	return func(yield func(string, []Resource) bool) {
		if !t.Format.Single() && !t.Split {
			yield(t.key(), resources)
			return
		}
		made := make(map[string]bool, len(resources))
		for i, r := range resources {
			key := fmt.Sprintf("%s %q %q", t.key(), r.Tag, r.Digest)
			if !made[key] && !yield(key, resources[i:i+1]) {
				return
			}
			made[key] = true
		}
	}
}

// Target returns the trigger's target with this id; none has the id 0.
func (t *Trigger) Target(id TargetID) (Target, bool) {
	return t.find(func(target *Target) bool { return id != 0 && target.ID == id })
}

// TargetOf returns the target that a delivery of the trigger goes to, as it is now. A
// delivery of an older version names it by URL.
func (t *Trigger) TargetOf(d *Delivery) (Target, bool) {
	if d.TargetID != 0 {
		return t.Target(d.TargetID)
	}
	if target, found := t.find(func(target *Target) bool { return target.FormerURL == d.TargetURL }); found {
		return target, true
	}
	return t.targetAt(d.TargetURL)
}

// targetAt returns the trigger's target with this URL.
func (t *Trigger) targetAt(rawURL string) (Target, bool) {
	return t.find(func(target *Target) bool { return target.URL == rawURL })
}

func (t *Trigger) find(is func(*Target) bool) (Target, bool) {
	for i := range t.Targets {
		if is(&t.Targets[i]) {
			return t.Targets[i], true
		}
	}
	return Target{}, false
}

// NumberTargets gives the targets of a new trigger their ids, by place.
func (t *Trigger) NumberTargets() {
	t.Targets = slices.Clone(t.Targets)
	for i := range t.Targets {
		t.Targets[i].ID = TargetID(i + 1)
	}
	t.LastTarget = TargetID(len(t.Targets))
}

// MatchTargets finds out which targets of t, which takes the place of old, are the same
// as one of old, and gives those their ids. A target is the same as the one that has its
// id or, if it has no id, its URL. If no target came with an id, one whose URL is new is
// the same as the one in its place when all others are found again and their number is
// the same: then its URL was corrected. So what waits for a removed target goes to no
// other. An id that old has not, or that is given twice, is an Invalid error.
func (t *Trigger) MatchTargets(old Trigger) error {
	taken, err := t.givenIDs(old)
	if err != nil {
		return err
	}
	byPlace := len(taken) == 0 && len(t.Targets) == len(old.Targets)
	var unmatched []int
	for i := range t.Targets {
		target := &t.Targets[i]
		before, found := old.targetAt(target.URL)
		switch {
		case target.ID != 0:
		case found && !taken[before.ID]:
			target.ID, taken[before.ID] = before.ID, true
		default:
			unmatched = append(unmatched, i)
		}
	}
	if byPlace && len(unmatched) == 1 {
		i := unmatched[0]
		if before := old.Targets[i].ID; !taken[before] {
			t.Targets[i].ID = before
		}
	}
	return nil
}

// givenIDs are the ids that the targets of t came with, all of them ids of old.
func (t *Trigger) givenIDs(old Trigger) (map[TargetID]bool, error) {
	var wrong problems
	given := make(map[TargetID]bool, len(t.Targets))
	for i := range t.Targets {
		id := t.Targets[i].ID
		if id == 0 {
			continue
		}
		field := fmt.Sprintf("targets[%d].id", i)
		if _, known := old.Target(id); !known {
			wrong.add(field, text.TargetUnknown, id)
		} else if given[id] {
			wrong.add(field, text.TargetListedTwice, id)
		}
		given[id] = true
	}
	return given, wrong.err()
}

// keepTargets is MatchTargets, which also gives new targets ids that none of the
// trigger's targets ever had.
func (t *Trigger) keepTargets(old Trigger) error {
	if err := t.MatchTargets(old); err != nil {
		return err
	}
	t.LastTarget = old.LastTarget
	for i := range t.Targets {
		target := &t.Targets[i]
		if before, found := old.Target(target.ID); found {
			target.FormerURL = before.FormerURL
			continue
		}
		t.LastTarget++
		target.ID, target.FormerURL = t.LastTarget, ""
	}
	return nil
}
