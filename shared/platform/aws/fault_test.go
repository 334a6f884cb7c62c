package aws_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	"github.com/shipbell/shipbell/test/emulators"
)

// faulty makes calls of the SDK fail. fails tells which tries of one call do, from 1. If
// effect is set, a try that fails is done all the same, and its answer lost.
func faulty(effect bool, fails func(try int) bool) func(*middleware.Stack) error {
	var mu sync.Mutex
	tries := map[any]int{} // by what is asked, which is the same for all tries of a call
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("fault", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
			mu.Lock()
			tries[in.Parameters]++
			try := tries[in.Parameters]
			mu.Unlock()
			if !fails(try) {
				return next.HandleInitialize(ctx, in)
			}
			if effect {
				if _, metadata, err = next.HandleInitialize(ctx, in); err != nil {
					return out, metadata, err
				}
			}
			return out, metadata, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "injected"}
		}), middleware.Before)
	}
}

func always(int) bool       { return true }
func theFirst(try int) bool { return try == 1 }

func openWith(t *testing.T, e *emulators.Emulators, table string, between func(*middleware.Stack) error) platform.KV {
	t.Helper()
	opened, err := aws.OpenWith(t.Context(), withEnv(platform.Needs{}, append(e.Env(), "SHIPBELL_TABLE="+table)...), between)
	if err != nil {
		t.Fatal(err)
	}
	return opened.KV
}

// TestThrottledBefore passes the whole suite although the first try of every
// call is refused.
func TestThrottledBefore(t *testing.T) {
	e := emulators.Start(t)
	platformtest.KV(t, func(t *testing.T) platform.KV {
		return openWith(t, e, e.NewTable(t), faulty(false, theFirst))
	})
}

// TestAnswersLost does every kind of call while the first answer to it is lost,
// so that it is done twice.
func TestAnswersLost(t *testing.T) {
	e := emulators.Start(t)
	table := e.NewTable(t)
	sound := openWith(t, e, table, func(*middleware.Stack) error { return nil })
	key := func(sort string) platform.Key { return platform.Key{Partition: "p", Sort: sort} }
	put := func(sort, value string, condition platform.Condition) platform.Write {
		return platform.Write{Item: platform.Item{Key: key(sort), Value: []byte(value), Due: time.Unix(1, 0)}, If: condition}
	}
	guarded := put("c", "1", platform.Absent)
	guarded.Guarded = true
	for _, step := range []struct {
		what   string
		writes []platform.Write
		want   []error
		stored string // of the last write's item
	}{
		{"absent", []platform.Write{put("a", "1", platform.Absent)}, []error{nil}, "1"},
		{"absent, but it is not", []platform.Write{put("a", "2", platform.Absent)}, []error{platform.ErrConflict}, "1"},
		{"version 1", []platform.Write{put("a", "2", platform.AtVersion(1))}, []error{nil}, "2"},
		{"version 1, but it is 2", []platform.Write{put("a", "3", platform.AtVersion(1))}, []error{platform.ErrConflict}, "2"},
		{"always", []platform.Write{put("a", "4", platform.Always)}, []error{nil}, "4"},
		{"guarded", []platform.Write{put("b", "1", platform.Absent), guarded}, []error{nil, nil}, "1"},
		{"guarded again", []platform.Write{put("b", "1", platform.Absent), guarded}, []error{platform.ErrConflict, platform.ErrSkipped}, "1"},
		{"delete", []platform.Write{{Item: platform.Item{Key: key("a")}, If: platform.Always, Delete: true}}, []error{nil}, ""},
	} {
		kv := openWith(t, e, table, faulty(true, theFirst))
		if errs := kv.Write(t.Context(), step.writes...); !slices.Equal(errs, step.want) {
			t.Errorf("%s: got %v, want %v", step.what, errs, step.want)
		}
		items, err := sound.Get(t.Context(), step.writes[len(step.writes)-1].Item.Key)
		if err != nil || string(items[0].Value) != step.stored {
			t.Errorf("%s: stored %q (%v), want %q", step.what, items[0].Value, err, step.stored)
		}
	}
	kv := openWith(t, e, table, faulty(true, theFirst))
	if items, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 10}); err != nil || len(items) != 2 {
		t.Errorf("range: %v %v", items, err)
	}
	if items, err := kv.Get(t.Context(), key("b"), key("none")); err != nil || items[0].Version != 1 || items[1].Version != 0 {
		t.Errorf("get: %v %v", items, err)
	}
	if keys, err := kv.Due(t.Context(), time.Time{}, time.Now(), 10); err != nil || len(keys) != 2 {
		t.Errorf("due: %v %v", keys, err)
	}
}

// TestThrottledForGood gives errors that are no conflicts, and leaves guarded
// writes alone.
func TestThrottledForGood(t *testing.T) {
	e := emulators.Start(t)
	table := e.NewTable(t)
	kv := openWith(t, e, table, faulty(false, always))
	guarded := platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: "b"}}, Guarded: true}
	errs := kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: "a"}}}, guarded)
	var api smithy.APIError
	if !errors.As(errs[0], &api) || api.ErrorCode() != "ThrottlingException" || errs[1] != platform.ErrSkipped {
		t.Errorf("write: %v", errs)
	}
	if _, err := kv.Get(t.Context(), guarded.Item.Key); err == nil {
		t.Error("get answered")
	}
	if _, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 1}); err == nil {
		t.Error("range answered")
	}
	if _, err := kv.Due(t.Context(), time.Time{}, time.Now(), 1); err == nil {
		t.Error("due answered")
	}
}

// TestUnprocessedKeys answers one key of each batch and leaves the others, more often
// than a call is tried that gets no further.
func TestUnprocessedKeys(t *testing.T) {
	e := emulators.Start(t)
	table := e.NewTable(t)
	batches := 0
	kv := openWith(t, e, table, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("partly", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			batch, ok := in.Parameters.(*dynamodb.BatchGetItemInput)
			if !ok {
				return next.HandleInitialize(ctx, in)
			}
			batches++
			asked := batch.RequestItems[table]
			left := asked.Keys[1:]
			asked.Keys = asked.Keys[:1]
			batch.RequestItems = map[string]types.KeysAndAttributes{table: asked}
			out, metadata, err := next.HandleInitialize(ctx, in)
			if got, ok := out.Result.(*dynamodb.BatchGetItemOutput); ok && len(left) > 0 {
				got.UnprocessedKeys = map[string]types.KeysAndAttributes{table: {Keys: left}}
			}
			return out, metadata, err
		}), middleware.After)
	})
	var keys []platform.Key
	var want []string
	for n := range 20 {
		sort := string(rune('a' + n))
		keys, want = append(keys, platform.Key{Partition: "p", Sort: sort}), append(want, sort)
		if err := platform.First(kv.Write(t.Context(), platform.Write{Item: platform.Item{Key: keys[n], Value: []byte(sort)}})); err != nil {
			t.Fatal(err)
		}
	}
	items, err := kv.Get(t.Context(), append(keys, keys[2])...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range items {
		got = append(got, string(item.Value))
	}
	if want := append(want, "c"); !slices.Equal(got, want) || batches != len(keys) {
		t.Errorf("got %q in %d batches, want %q in %d", got, batches, want, len(keys))
	}
}
