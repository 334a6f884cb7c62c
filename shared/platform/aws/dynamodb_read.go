package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/shipbell/shipbell/shared/platform"
)

// Get implements platform.KV.
func (t *Table) Get(ctx context.Context, keys ...platform.Key) ([]platform.Item, error) {
	found := map[platform.Key]attributes{} // by place in the table
	var wanted []attributes
	at := make([]platform.Key, len(keys))
	for i, key := range keys {
		at[i] = platform.Key{Partition: t.spread.partition(key), Sort: key.Sort}
		if _, seen := found[at[i]]; !seen { // a request may not name an item twice
			found[at[i]] = nil
			wanted = append(wanted, t.place(key))
		}
	}
	if err := t.getAll(ctx, wanted, found); err != nil {
		return nil, fmt.Errorf("get %d items: %w", len(keys), err)
	}
	items := make([]platform.Item, len(keys))
	for i, key := range keys {
		items[i].Key = key
		a := found[at[i]]
		if a == nil || t.expired(a) {
			continue
		}
		items[i] = decode(key, a)
	}
	return items, nil
}

// getAll reads items, at most 100, and asks again for what DynamoDB left out.
func (t *Table) getAll(ctx context.Context, wanted []attributes, found map[platform.Key]attributes) error {
	for try := 0; len(wanted) > 0; try++ {
		if err := pause(ctx, try); err != nil {
			return err
		}
		got, err := t.calls.batchGet(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			t.name: {Keys: wanted, ConsistentRead: awssdk.Bool(true)},
		}})
		if err != nil {
			return err
		}
		for _, a := range got.Responses[t.name] {
			found[platform.Key{Partition: textOf(a[attrPartition]), Sort: textOf(a[attrSort])}] = a
		}
		wanted = got.UnprocessedKeys[t.name].Keys
	}
	return nil
}

// pause waits before a try that is not the first, longer each time.
func pause(ctx context.Context, try int) error {
	switch {
	case try == 0:
		return nil
	case try == maxAttempts:
		return fmt.Errorf("AWS left part of the batch undone %d times", try)
	}
	return platform.Pause(ctx, try)
}

// Range implements platform.KV.
func (t *Table) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.To != "" && r.From >= r.To {
		return nil, nil
	}
	partitions := t.spread.partitions(r)
	lists, errs := make([][]platform.Item, len(partitions)), make([]error, len(partitions))
	each(len(partitions), func(i int) { lists[i], errs[i] = t.rangeOf(ctx, partitions[i], r) })
	if err := platform.First(errs); err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Partition, err)
	}
	return merge(lists, r.Descending, r.Limit), nil
}

// rangeOf reads from one of the table's partitions, page by page, until the limit
// is full: a page may end early, and some of it may have expired.
func (t *Table) rangeOf(ctx context.Context, partition string, r platform.Range) (items []platform.Item, err error) {
	query := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: awssdk.Bool(true), ScanIndexForward: awssdk.Bool(!r.Descending),
		KeyConditionExpression: awssdk.String("pk = :p"), ExpressionAttributeValues: attributes{":p": text(partition)},
	}
	extra := 0
	switch values := query.ExpressionAttributeValues; {
	case r.From != "" && r.To != "":
		query.KeyConditionExpression = awssdk.String("pk = :p AND sk BETWEEN :f AND :t")
		values[":f"], values[":t"] = text(r.From), text(r.To)
		extra = 1 // BETWEEN includes To
	case r.From != "":
		query.KeyConditionExpression = awssdk.String("pk = :p AND sk >= :f")
		values[":f"] = text(r.From)
	case r.To != "":
		query.KeyConditionExpression = awssdk.String("pk = :p AND sk < :t")
		values[":t"] = text(r.To)
	}
	for {
		query.Limit = awssdk.Int32(int32(r.Limit - len(items) + extra))
		page, err := t.calls.query(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			key := platform.Key{Partition: r.Partition, Sort: textOf(a[attrSort])}
			if key.Sort == r.To || t.expired(a) {
				continue
			}
			if items = append(items, decode(key, a)); len(items) == r.Limit {
				return items, nil
			}
		}
		if query.ExclusiveStartKey = page.LastEvaluatedKey; len(page.LastEvaluatedKey) == 0 {
			return items, nil
		}
	}
}

// dueKey is an entry of the index.
type dueKey struct {
	platform.Key
	due int64
}

// Due implements platform.KV. The index follows the table after a moment.
func (t *Table) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	lists, errs := make([][]dueKey, dueShards), make([]error, dueShards)
	each(dueShards, func(i int) { lists[i], errs[i] = t.dueOf(ctx, fmt.Sprintf("%02d", i), from, until, limit) })
	if err := platform.First(errs); err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b dueKey) int { return cmp.Compare(a.due, b.due) })
	all = all[:min(limit, len(all))]
	keys := make([]platform.Key, len(all))
	for i := range all {
		keys[i] = all[i].Key
	}
	return keys, nil
}

// dueOf reads one shard of the index, the earliest first.
func (t *Table) dueOf(ctx context.Context, shard string, from, until time.Time, limit int) (keys []dueKey, err error) {
	first := int64(0)
	if !from.IsZero() {
		first = from.UnixMilli()
	}
	query := &dynamodb.QueryInput{
		TableName: &t.name, IndexName: awssdk.String(DueIndex),
		KeyConditionExpression:    awssdk.String("u = :u AND d BETWEEN :from AND :until"),
		ExpressionAttributeValues: attributes{":u": text(shard), ":from": number(first), ":until": number(until.UnixMilli())},
	}
	for {
		query.Limit = awssdk.Int32(int32(limit - len(keys)))
		page, err := t.calls.query(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			if t.expired(a) {
				continue
			}
			// A due time that is no integer is an item's that is damaged, and named all the same.
			due, _ := integer(a, attrDue)
			keys = append(keys, dueKey{
				Key: platform.Key{Partition: whole(textOf(a[attrPartition])), Sort: textOf(a[attrSort])}, due: due,
			})
		}
		query.ExclusiveStartKey = page.LastEvaluatedKey
		if len(page.LastEvaluatedKey) == 0 || len(keys) >= limit {
			return keys, nil
		}
	}
}
