package shipbell_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	firstSecret  = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	secondSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	thirdSecret  = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// TestFormerSecret has a replaced secret of Standard Webhooks go on signing for a day, at the
// same origin, and no other.
func TestFormerSecret(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 5, time.UTC)
	ends, earlier := now.Add(24*time.Hour).Truncate(time.Second), now.Add(time.Hour).Truncate(time.Second)
	const url, elsewhere = "https://a.example.com/hook", "https://b.example.com/hook"
	hmac := shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Signature"}}
	plain := shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret)}
	rotated := shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret), FormerSecret: shipbell.NewSecret(firstSecret), FormerSecretUntil: earlier}
	for _, test := range []struct {
		name   string
		before shipbell.Target
		now    shipbell.Target
		former string
		until  time.Time
	}{
		{"the same secret", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret)}, "", time.Time{}},
		{"another secret", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret)}, firstSecret, ends},
		{"another secret, found by its URL", plain, shipbell.Target{URL: url, Secret: shipbell.NewSecret(secondSecret)}, firstSecret, ends},
		{"another kind of secret", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(thirdSecret)}, firstSecret, ends},
		{"another path too", plain, shipbell.Target{ID: 1, URL: url + "/2", Secret: shipbell.NewSecret(secondSecret)}, firstSecret, ends},
		{"another origin", plain, shipbell.Target{ID: 1, URL: elsewhere, Secret: shipbell.NewSecret(secondSecret)}, "", time.Time{}},
		{"dropped as it is replaced", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret), DropFormerSecret: true}, "", time.Time{}},
		{"no secret", plain, shipbell.Target{ID: 1, URL: url}, "", time.Time{}},
		{"a first secret", shipbell.Target{ID: 1, URL: url}, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret)}, "", time.Time{}},
		{"another scheme", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret("s3cr3t"), Options: hmac}, "", time.Time{}},
		{"from another scheme", shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret), Options: hmac}, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret)}, "", time.Time{}},
		{"one that does not open", shipbell.Target{ID: 1, URL: url, Secret: shipbell.UnopenedSecret("x")}, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret)}, "", time.Time{}},
		{"one that a user sends", plain, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret), FormerSecret: shipbell.NewSecret(secondSecret), FormerSecretUntil: ends}, "", time.Time{}},

		{"rotated, the mask", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(shipbell.Mask)}, firstSecret, earlier},
		{"rotated, the mask, found by its URL", rotated, shipbell.Target{URL: url, Secret: shipbell.NewSecret(shipbell.Mask)}, firstSecret, earlier},
		{"rotated, the secret in clear", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(secondSecret)}, firstSecret, earlier},
		{"rotated again", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(thirdSecret)}, secondSecret, ends},
		{"rotated back", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(firstSecret)}, secondSecret, ends},
		{"rotated, dropped", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret(shipbell.Mask), DropFormerSecret: true}, "", time.Time{}},
		{"rotated, the secret removed", rotated, shipbell.Target{ID: 1, URL: url}, "", time.Time{}},
		{"rotated, another origin", rotated, shipbell.Target{ID: 1, URL: elsewhere, Secret: shipbell.NewSecret(secondSecret)}, "", time.Time{}},
		{"rotated, another scheme", rotated, shipbell.Target{ID: 1, URL: url, Secret: shipbell.NewSecret("s3cr3t"), Options: hmac}, "", time.Time{}},
	} {
		old := *good()
		old.Targets, old.LastTarget = []shipbell.Target{test.before}, 1
		old.Normalise()
		changed := old.Clone()
		changed.Targets = []shipbell.Target{test.now}
		if err := changed.Change(old, now); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := changed.Targets[0]
		if former := reveal(t, got.FormerSecret); former != test.former || !got.FormerSecretUntil.Equal(test.until) || got.DropFormerSecret {
			t.Errorf("%s: %q until %v, drop %v", test.name, former, got.FormerSecretUntil, got.DropFormerSecret)
		}
	}
}

// TestFormerSecretsOfNeighbours keeps the former secrets of targets apart, also when a target with
// another path takes the place of one.
func TestFormerSecretsOfNeighbours(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	old := *good()
	old.Targets = []shipbell.Target{
		{ID: 1, URL: "https://a.example.com/1", Secret: shipbell.NewSecret(firstSecret), FormerSecret: shipbell.NewSecret(thirdSecret), FormerSecretUntil: now},
		{ID: 2, URL: "https://a.example.com/2", Secret: shipbell.NewSecret(secondSecret)},
	}
	old.LastTarget = 2
	old.Normalise()
	for _, test := range []struct {
		name    string
		targets []shipbell.Target
		formers []string
	}{
		{"a change of nothing", old.Targets, []string{thirdSecret, ""}},
		{"swapped", []shipbell.Target{old.Targets[1], old.Targets[0]}, []string{"", thirdSecret}},
		{"both paths are new", []shipbell.Target{
			{URL: "https://a.example.com/3", Secret: shipbell.NewSecret(firstSecret)}, {URL: "https://a.example.com/4", Secret: shipbell.NewSecret(secondSecret)},
		}, []string{thirdSecret, ""}},
		{"a new target with its own secret", []shipbell.Target{
			old.Targets[0], old.Targets[1], {URL: "https://a.example.com/3", Secret: shipbell.NewSecret(thirdSecret)},
		}, []string{thirdSecret, "", ""}},
	} {
		changed := old.Clone()
		changed.Targets = test.targets
		changed = changed.Clone()
		if err := changed.Change(old, now); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, target := range changed.Targets {
			got = append(got, reveal(t, target.FormerSecret))
		}
		if diff := cmp.Diff(test.formers, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestFormerSigns ends with the time that is stored, and a target without a former secret has none.
func TestFormerSigns(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	rotated := shipbell.Target{FormerSecret: shipbell.NewSecret(firstSecret), FormerSecretUntil: until}
	if !rotated.FormerSigns(until.Add(-time.Second)) || rotated.FormerSigns(until) {
		t.Error("the former secret signs at the wrong time")
	}
	if none := (shipbell.Target{FormerSecretUntil: until}); none.FormerSigns(until.Add(-time.Second)) {
		t.Error("no secret signs")
	}
}
