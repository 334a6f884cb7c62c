package shipbell

import "time"

// FormerSecretTime is for how long a secret goes on signing after another took its place.
const FormerSecretTime = 24 * time.Hour

// keepFormerSecrets gives each target the former secret that it is to have, whatever it came
// with. It never was one for another origin.
func (t *Trigger) keepFormerSecrets(old Trigger, now time.Time) {
	for i := range t.Targets {
		target := &t.Targets[i]
		drop := target.DropFormerSecret
		target.FormerSecret, target.FormerSecretUntil, target.DropFormerSecret = Secret{}, time.Time{}, false
		if drop || !target.signs() {
			continue
		}
		for _, before := range sameOrigin(*target, i, old) {
			if before.signs() && target.follow(before, now) {
				break
			}
		}
	}
}

// signs reports whether the target's requests are signed as Standard Webhooks has it.
func (t *Target) signs() bool {
	return (t.Auth.Scheme == "" || t.Auth.Scheme == AuthStandard) && !t.Secret.Empty()
}

// follow gives the target the former secret that follows from what one of the same origin was
// before: the same one if the two have the same secret; the other's secret if it is the same
// target, whose secret was replaced. It reports whether one of the two is so.
func (t *Target) follow(before Target, now time.Time) bool {
	switch {
	case t.Secret == before.Secret:
		t.FormerSecret, t.FormerSecretUntil = before.FormerSecret, before.FormerSecretUntil
	case t.ID != before.ID:
		return false
	case before.Secret.Unopened() == "":
		t.FormerSecret, t.FormerSecretUntil = before.Secret, now.Add(FormerSecretTime).UTC().Truncate(time.Second)
	}
	return true
}

// FormerSigns reports whether the target's former secret signs at a time.
func (t *Target) FormerSigns(at time.Time) bool {
	return !t.FormerSecret.Empty() && at.Before(t.FormerSecretUntil)
}
