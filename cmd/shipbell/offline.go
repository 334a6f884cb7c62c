package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	sentences "github.com/shipbell/shipbell/shared/text"
)

// openKept is the store over a key-value store whose secrets were sealed with this key.
func openKept(ctx context.Context, kv platform.KV, name string, key []byte) (*store.Store, error) {
	sealer, err := newSealer(name, key)
	if err != nil {
		return nil, err
	}
	kept := store.New(store.Options{KV: store.NewChecked(kv), Sealer: sealer, Now: time.Now})
	if err := kept.CheckSealer(ctx); err != nil {
		return nil, fmt.Errorf("check %s: %w", name, err)
	}
	return kept, nil
}

// needStore fails unless a directory has a store: opening one would make it.
func needStore(dir string) error {
	there, err := local.Exists(dir)
	if err == nil && !there {
		err = fmt.Errorf("there is no store in %s", dir)
	}
	return err
}

// createKeyIn makes an access key in the store of a server that is stopped.
func (c *call) createKeyIn(ctx context.Context, dir string, settings apiv1.AccessKeySettings) (err error) {
	if c.given("server") || c.given("key") {
		return usagef("--data and --server or --key exclude each other")
	}
	if err := needStore(dir); err != nil {
		return err
	}
	name, sealKey, err := readSealKey(dir)
	if err != nil {
		return err
	}
	files, err := local.Open(dir, local.Options{})
	if errors.Is(err, local.ErrInUse) {
		return fmt.Errorf("%w: stop the server first, or make the key through it, without --data", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	kept, err := openKept(ctx, files, name, sealKey)
	if err != nil {
		return err
	}
	// Whoever may write the store may do everything.
	operator := shipbell.AccessKey{Role: shipbell.RoleAdmin}
	key, err := (&app.App{Store: kept, Now: time.Now}).CreateAccessKey(ctx, operator, app.NewAccessKey(settings))
	if err != nil {
		return asAnswered(err)
	}
	shown := apiv1.NewAccessKey(key)
	if shown.Secret, err = key.Secret.Reveal(); err != nil {
		return err
	}
	body, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	c.answers = [][]byte{body}
	c.report("%s:%s", shown.ID, shown.Secret)
	c.warnShownOnce()
	return nil
}

// asAnswered makes an error of a use case what the API would have answered, so that it is
// explained in the words of the command's flags.
func asAnswered(err error) error {
	var refused *shipbell.Error
	if !errors.As(err, &refused) || len(refused.Fields) == 0 {
		return err
	}
	return &client.Error{Problem: apiv1.Problem{Errors: apiv1.NewFieldErrors(refused.Fields, sentences.English)}}
}
