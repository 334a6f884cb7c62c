package triggers

import (
	"fmt"
	"strings"

	"github.com/shipbell/shipbell/shared/trigger"
)

// keepSecrets puts stored secrets in place of masks. A mask stands for the secret
// of the same header at the same origin: with another scheme, host or port it is
// refused, so that nobody can have a secret sent to a server of their own.
func keepSecrets(t *trigger.Trigger, old trigger.Trigger) error {
	var fields []trigger.FieldError
	keep := func(field string, secret *trigger.Secret, stored trigger.Secret) {
		switch {
		case !secret.IsMask():
		case stored.Empty():
			fields = append(fields, trigger.FieldError{Field: field, Message: "no secret is stored for this scheme, host and port: give it in clear"})
		default:
			*secret = stored
		}
	}
	for i := range t.Targets {
		target := &t.Targets[i]
		before := sameOrigin(*target, i, old)
		path := fmt.Sprintf("targets[%d]", i)
		var secret trigger.Secret
		for _, b := range before {
			if secret.Empty() {
				secret = b.Secret
			}
		}
		keep(path+".secret", &target.Secret, secret)
		for j := range target.Headers {
			header := &target.Headers[j]
			values := headerValues(before, header.Key)
			for k := range header.Values {
				var stored trigger.Secret
				if k < len(values) {
					stored = values[k]
				}
				keep(fmt.Sprintf("%s.headers[%d].values[%d]", path, j, k), &header.Values[k], stored)
			}
		}
	}
	if len(fields) > 0 {
		return &trigger.Error{Kind: trigger.Invalid, Message: "the request is not valid", Fields: fields}
	}
	return nil
}

// sameOrigin lists the old targets of a target's origin: the one with the same
// URL first, then the one in its place, whose path may have been changed.
func sameOrigin(target trigger.Target, place int, old trigger.Trigger) []trigger.Target {
	var same []trigger.Target
	if exact, found := old.Target(target.URL); found {
		same = append(same, exact)
	}
	add := func(o trigger.Target) {
		if o.URL != target.URL && trigger.Origin(o.URL) == trigger.Origin(target.URL) {
			same = append(same, o)
		}
	}
	if place < len(old.Targets) {
		add(old.Targets[place])
	}
	for _, o := range old.Targets {
		add(o)
	}
	return same
}

func headerValues(targets []trigger.Target, key string) []trigger.Secret {
	for _, target := range targets {
		for _, header := range target.Headers {
			if strings.EqualFold(header.Key, key) {
				return header.Values
			}
		}
	}
	return nil
}
