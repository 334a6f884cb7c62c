package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// storedTrigger is a trigger as it is kept: the secrets sealed. Its registry and
// version are in the item's key and version.
type storedTrigger struct {
	shipbell.Trigger
	Targets []storedTarget `json:"targets"`
}

type storedTarget struct {
	shipbell.Target
	Headers []storedHeader `json:"headers"`
	Secret  string         `json:"secret,omitempty"`
	Former  string         `json:"former_secret,omitempty"`
	Key     string         `json:"certificate_key,omitempty"`
}

type storedHeader struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// sealContext binds a secret to its place: a row copied to another tenant,
// trigger, header or target's origin does not open there.
func sealContext(t *shipbell.Trigger, kind, name, targetURL string) string {
	return strings.Join([]string{"v1", t.Registry, fmt.Sprint(t.ID), kind, strings.ToLower(name), shipbell.Origin(targetURL)}, "\x00")
}

func (s *Store) sealTrigger(t shipbell.Trigger) (storedTrigger, error) {
	stored := storedTrigger{Trigger: t, Targets: make([]storedTarget, len(t.Targets))}
	for i, target := range t.Targets {
		st := storedTarget{Target: target, Headers: make([]storedHeader, len(target.Headers))}
		var err error
		if st.Secret, err = s.seal(sealContext(&t, "secret", "", target.URL), target.Secret); err != nil {
			return stored, err
		}
		if st.Former, err = s.seal(sealContext(&t, "former secret", "", target.URL), target.FormerSecret); err != nil {
			return stored, err
		}
		if st.Key, err = s.seal(sealContext(&t, "certificate key", "", target.URL), target.CertificateKey); err != nil {
			return stored, err
		}
		for j, header := range target.Headers {
			st.Headers[j] = storedHeader{Key: header.Key, Values: make([]string, len(header.Values))}
			for k, value := range header.Values {
				if st.Headers[j].Values[k], err = s.seal(sealContext(&t, "header", header.Key, target.URL), value); err != nil {
					return stored, err
				}
			}
		}
		stored.Targets[i] = st
	}
	return stored, nil
}

func (s *Store) openTrigger(stored storedTrigger) shipbell.Trigger {
	t := stored.Trigger
	t.Targets = make([]shipbell.Target, len(stored.Targets))
	for i, st := range stored.Targets {
		target := st.Target
		target.Secret = s.open(sealContext(&t, "secret", "", target.URL), st.Secret)
		target.FormerSecret = s.open(sealContext(&t, "former secret", "", target.URL), st.Former)
		if !target.FormerSigns(s.o.Now()) {
			target.FormerSecret, target.FormerSecretUntil = shipbell.Secret{}, time.Time{}
		}
		target.CertificateKey = s.open(sealContext(&t, "certificate key", "", target.URL), st.Key)
		target.Headers = make([]shipbell.Header, len(st.Headers))
		for j, header := range st.Headers {
			target.Headers[j] = shipbell.Header{Key: header.Key, Values: make([]shipbell.Secret, len(header.Values))}
			for k, value := range header.Values {
				target.Headers[j].Values[k] = s.open(sealContext(&t, "header", header.Key, target.URL), value)
			}
		}
		t.Targets[i] = target
	}
	if t.LastTarget == 0 { // an older version stored it
		t.NumberTargets()
		for i := range t.Targets {
			t.Targets[i].FormerURL = t.Targets[i].URL
		}
	}
	return t
}

// registryContext binds the secret of a registry to it.
func registryContext(id string) string { return "v1\x00registry\x00" + id }

// openRegistry opens the secret of a registry. A function without the sealing key leaves
// it sealed.
func (s *Store) openRegistry(r *storedRegistry) {
	if s.o.Sealer == nil {
		r.Registry.Secret = shipbell.UnopenedSecret(r.Secret)
		return
	}
	r.Registry.Secret = s.open(registryContext(r.ID), r.Secret)
}

// seal keeps the sealed form of a secret that could not be opened.
func (s *Store) seal(context string, secret shipbell.Secret) (string, error) {
	if sealed := secret.Unopened(); sealed != "" {
		return sealed, nil
	}
	text, err := secret.Reveal()
	if err != nil || text == "" {
		return "", err
	}
	return s.o.Sealer.Seal(context, text)
}

// open opens a sealed text. One that does not open stays sealed: its use fails, and the
// rest of the trigger works.
func (s *Store) open(context, sealed string) shipbell.Secret {
	if sealed == "" {
		return shipbell.Secret{}
	}
	text, err := s.o.Sealer.Open(context, sealed)
	if err != nil {
		return shipbell.UnopenedSecret(sealed)
	}
	return shipbell.NewSecret(text)
}
