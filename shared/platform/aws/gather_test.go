package aws_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/test/emulators"
)

// TestGather merges lists of any lengths, read in pages of any size, and compares with
// what sorting them all gives.
func TestGather(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 0))
		var lists []func(context.Context, int) ([]int, bool, error)
		var all []int
		for range 1 + random.IntN(9) {
			var numbers []int
			for range random.IntN(40) * random.IntN(3) {
				numbers = append(numbers, random.IntN(200))
			}
			slices.Sort(numbers)
			all = append(all, numbers...)
			short := random.IntN(2) == 0 // as a page of 1 MB is
			lists = append(lists, func(_ context.Context, n int) (page []int, goesOn bool, err error) {
				if short {
					n = (n + 1) / 2
				}
				n = min(n, len(numbers))
				page, numbers = numbers[:n], numbers[n:]
				return page, len(numbers) > 0, nil
			})
		}
		slices.Sort(all)
		limit := 1 + random.IntN(120)
		got, err := aws.Gather(t.Context(), lists, limit, cmp.Compare[int])
		if want := all[:min(limit, len(all))]; err != nil || !slices.Equal(got, want) {
			t.Errorf("seed %d: %v, %v, want %v", seed, got, err, want)
		}
	}
}

// TestLookReadsLittleMoreThanItKeeps counts the items that DynamoDB answers for a page of
// deliveries over eight shards, and for a page of what is due.
func TestLookReadsLittleMoreThanItKeeps(t *testing.T) {
	t.Parallel()
	e := emulators.Start(t)
	var read atomic.Int64
	opened, err := aws.OpenWith(t.Context(), withEnv(platform.Needs{}, append(e.Env(), "SHIPBELL_TABLE="+e.NewTable(t), "SHIPBELL_DELIVERY_SHARDS=8")...), func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("count", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if page, ok := out.Result.(*dynamodb.QueryOutput); ok {
				read.Add(int64(len(page.Items)))
			}
			return out, metadata, err
		}), middleware.Before)
	})
	if err != nil {
		t.Fatal(err)
	}
	kv := platform.NewItems(opened.KV)
	const items, limit, most = 1000, 100, 2 * 100
	var writes []platform.Write
	for n := range items {
		writes = append(writes, platform.Write{Item: platform.Item{
			Key: platform.Key{Partition: "p", Sort: fmt.Sprintf("01K%07d", n), Spread: true}, Due: time.UnixMilli(int64(1 + n)),
		}, If: platform.Always})
	}
	if err := platform.First(kv.Write(t.Context(), writes...)); err != nil {
		t.Fatal(err)
	}
	for _, descending := range []bool{false, true} {
		read.Store(0)
		found, err := kv.Range(t.Context(), platform.Range{Partition: "p", Spread: true, Descending: descending, Limit: limit})
		if err != nil || len(found) != limit || read.Load() > most {
			t.Errorf("descending %t: %d items of %d read, %v", descending, len(found), read.Load(), err)
		}
		t.Logf("a page of %d over 8 shards: %d items read", limit, read.Load())
	}
	read.Store(0)
	keys, err := kv.Due(t.Context(), time.Time{}, time.Now(), limit)
	if err != nil || len(keys) != limit || read.Load() > most {
		t.Errorf("due: %d keys of %d read, %v", len(keys), read.Load(), err)
	}
	for n, key := range keys {
		if want := fmt.Sprintf("01K%07d", n); key.Sort != want {
			t.Fatalf("due is %s in place of %s", key.Sort, want)
		}
	}
	t.Logf("a page of %d due over 16 shards: %d keys read", limit, read.Load())
}
