package shipbell

import (
	"fmt"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Change makes t, which a user wrote in place of an old trigger, fit to be stored:
// it fills in what was left out, gives the targets their ids, puts stored secrets in
// place of masks, has replaced ones go on signing until a day after now, and validates
// the outcome.
func (t *Trigger) Change(old Trigger, now time.Time) error {
	t.Normalise()
	if err := t.keepTargets(old); err != nil {
		return err
	}
	if err := t.keepSecrets(old); err != nil {
		return err
	}
	t.keepFormerSecrets(old, now)
	return t.Validate()
}

// keepSecrets puts stored secrets in place of masks. A mask stands for the secret
// of the same header at the same origin: with another scheme, host or port it is
// refused, so that nobody can have a secret sent to a server of their own.
func (t *Trigger) keepSecrets(old Trigger) error {
	var wrong problems
	keep := func(field string, secret *Secret, stored Secret) {
		switch {
		case !secret.IsMask():
		case stored.Empty():
			wrong.add(field, text.SecretNotStored)
		default:
			*secret = stored
		}
	}
	for i := range t.Targets {
		target := &t.Targets[i]
		before := sameOrigin(*target, i, old)
		path := fmt.Sprintf("targets[%d]", i)
		keep(path+".secret", &target.Secret, firstSecret(before, func(b Target) Secret { return b.Secret }))
		keep(path+".certificate_key", &target.CertificateKey, firstSecret(before, func(b Target) Secret { return b.CertificateKey }))
		for j := range target.Headers {
			header := &target.Headers[j]
			values := headerValues(before, header.Key)
			for k := range header.Values {
				var stored Secret
				if k < len(values) {
					stored = values[k]
				}
				keep(fmt.Sprintf("%s.headers[%d].values[%d]", path, j, k), &header.Values[k], stored)
			}
		}
	}
	return wrong.err()
}

// sameOrigin lists the old targets of a target's origin: first what the target itself
// was, then the one in its place.
func sameOrigin(target Target, place int, old Trigger) []Target {
	var same []Target
	add := func(o Target) {
		if Origin(o.URL) == Origin(target.URL) {
			same = append(same, o)
		}
	}
	if before, found := old.Target(target.ID); found {
		add(before)
	}
	if place < len(old.Targets) {
		add(old.Targets[place])
	}
	for _, o := range old.Targets {
		add(o)
	}
	return same
}

// firstSecret is the first secret that one of the targets has.
func firstSecret(targets []Target, of func(Target) Secret) Secret {
	for _, t := range targets {
		if secret := of(t); !secret.Empty() {
			return secret
		}
	}
	return Secret{}
}

func headerValues(targets []Target, key string) []Secret {
	for _, target := range targets {
		for _, header := range target.Headers {
			if strings.EqualFold(header.Key, key) {
				return header.Values
			}
		}
	}
	return nil
}
