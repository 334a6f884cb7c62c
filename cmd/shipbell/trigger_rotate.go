package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// rotation is what the flags of trigger rotate-secret say.
type rotation struct {
	target int64
	drop   bool
}

func triggerRotate() command {
	s := &rotation{}
	return command{
		name: "trigger rotate-secret", args: "NAME|ID", least: 1, most: 1, summary: "give a target a new signing secret", remote: true, scoped: true,
		about: `Makes a new signing secret for a target and prints it, once. The former secret signs too
for 24 hours, so that the receiver takes requests before and after it gets the new one.
With --drop it makes no secret, but ends these 24 hours at once.`,
		examples: []string{
			"shipbell trigger rotate-secret demo",
			"shipbell trigger rotate-secret demo --target 2 > secret",
			"shipbell trigger rotate-secret demo --drop",
		},
		words: map[string]string{"targets": "--target"},
		flags: func(f *flag.FlagSet) {
			f.Int64Var(&s.target, "target", 0, "`ID` of the target, as \"shipbell trigger get\" shows it; needed where the trigger has several")
			f.BoolVar(&s.drop, "drop", false, "have the former secret sign no more, and make no new one")
		},
		run: func(ctx context.Context, c *call) error { return c.rotateSecret(ctx, s) },
	}
}

func (c *call) rotateSecret(ctx context.Context, s *rotation) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	t, _, err := c.findTrigger(ctx, cl, c.arguments[0])
	if err != nil {
		return err
	}
	place, err := s.find(t)
	if err != nil {
		return err
	}
	if s.drop {
		return c.dropFormer(ctx, cl, t, place)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	t.Targets[place].Secret = secret
	changed, err := cl.ChangeTrigger(ctx, c.registry, t.ID, t.Version, map[string]any{"targets": t.Targets})
	var refused *client.Error
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("%w; if the change was made all the same, the new secret is %s", err, secret)
	}
	if err != nil {
		return err
	}
	return c.showSecret(changed, changed.Targets[place], place, secret)
}

// find is the place of the target that is meant.
func (s *rotation) find(t apiv1.Trigger) (place int, err error) {
	place = -1
	for i, target := range t.Targets {
		if s.target == int64(target.ID) || s.target == 0 && len(t.Targets) == 1 {
			place = i
		}
	}
	switch {
	case place < 0 && s.target == 0:
		return 0, usagef("--target: say which of the %d targets of %s", len(t.Targets), t.Name)
	case place < 0:
		return 0, fmt.Errorf("%s has no target %d", t.Name, s.target)
	}
	if scheme := cmp.Or(t.Targets[place].Auth.Scheme, shipbell.AuthStandard); scheme != shipbell.AuthStandard {
		return 0, fmt.Errorf("target %d of %s uses its secret by the scheme %s, which cannot have two at once: change it by \"shipbell trigger apply\"", t.Targets[place].ID, t.Name, scheme)
	}
	return place, nil
}

// showSecret prints a new secret. With --json it is in the trigger, in place of its mask.
func (c *call) showSecret(t apiv1.Trigger, target apiv1.Target, place int, secret string) error {
	if c.asJSON {
		t.Targets[place].Secret = secret
		body, err := json.Marshal(t)
		if err != nil {
			return err
		}
		c.printJSON(body)
		return nil
	}
	c.sayf("%s", secret)
	fmt.Fprintln(c.stderr, "This secret is shown only now: give it to the receiver.")
	if !target.FormerSecretUntil.IsZero() {
		fmt.Fprintf(c.stderr, "The former one signs too until %s, or until you run this with --drop.\n", when(target.FormerSecretUntil))
	}
	return nil
}

func (c *call) dropFormer(ctx context.Context, cl *client.Client, t apiv1.Trigger, place int) error {
	id := t.Targets[place].ID
	former := !t.Targets[place].FormerSecretUntil.IsZero()
	t.Targets[place].DropFormerSecret = true
	if _, err := cl.ChangeTrigger(ctx, c.registry, t.ID, t.Version, map[string]any{"targets": t.Targets}); err != nil {
		return err
	}
	if !former {
		c.report("target %d of %s has no former secret", id, t.Name)
		return nil
	}
	c.report("dropped the former secret of target %d of %s", id, t.Name)
	return nil
}
