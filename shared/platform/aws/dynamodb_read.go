package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
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
	if len(wanted) == 0 {
		return nil
	}
	return platform.Retry(ctx, func() (left int, err error) {
		got, err := t.calls.batchGet(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			t.name: {Keys: wanted, ConsistentRead: awssdk.Bool(true)},
		}})
		if err != nil {
			return 0, err
		}
		for _, a := range got.Responses[t.name] {
			found[platform.Key{Partition: textOf(a[attrPartition]), Sort: textOf(a[attrSort])}] = a
		}
		if wanted = got.UnprocessedKeys[t.name].Keys; len(wanted) > 0 {
			err = errLeftOut
		}
		return len(wanted), err
	})
}

var errLeftOut = errors.New("DynamoDB left out part of the batch again and again")

// Range implements platform.KV.
func (t *Table) Range(ctx context.Context, r platform.Range) ([]platform.Item, error) {
	if r.To != "" && r.From >= r.To {
		return nil, nil
	}
	partitions := t.spread.partitions(r)
	lists := make([]list[platform.Item], len(partitions))
	for i, partition := range partitions {
		lists[i] = t.listOf(partition, r)
	}
	items, err := gather(ctx, lists, r.Limit, func(a, b platform.Item) int {
		if r.Descending {
			a, b = b, a
		}
		return strings.Compare(a.Sort, b.Sort)
	})
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", r.Partition, err)
	}
	return items, nil
}

// listOf lists what a range holds of one of the table's partitions.
func (t *Table) listOf(partition string, r platform.Range) list[platform.Item] {
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
	return pages(t, query, extra, func(a attributes) (platform.Item, bool) {
		key := platform.Key{Partition: r.Partition, Sort: textOf(a[attrSort])}
		return decode(key, a), key.Sort != r.To
	})
}

// pages makes a list of what a query finds, but for what has expired and what entry
// leaves out. Each request asks for some entries more than are wanted.
func pages[T any](t *Table, query *dynamodb.QueryInput, more int, entry func(attributes) (one T, wanted bool)) list[T] {
	return func(ctx context.Context, n int) (entries []T, goesOn bool, err error) {
		for len(entries) == 0 {
			query.Limit = awssdk.Int32(int32(n + more))
			page, err := t.calls.query(ctx, query)
			if err != nil {
				return nil, false, err
			}
			for _, a := range page.Items {
				if one, wanted := entry(a); wanted && !t.expired(a) {
					entries = append(entries, one)
				}
			}
			if query.ExclusiveStartKey = page.LastEvaluatedKey; len(page.LastEvaluatedKey) == 0 {
				return entries, false, nil
			}
		}
		return entries, true, nil
	}
}

// dueKey is an entry of the index.
type dueKey struct {
	platform.Key
	due int64
}

// Due implements platform.KV. The index follows the table after a moment.
func (t *Table) Due(ctx context.Context, from, until time.Time, limit int) ([]platform.Key, error) {
	lists := make([]list[dueKey], dueShards)
	for i := range lists {
		lists[i] = t.dueOf(fmt.Sprintf("%02d", i), from, until)
	}
	all, err := gather(ctx, lists, limit, func(a, b dueKey) int { return cmp.Compare(a.due, b.due) })
	if err != nil {
		return nil, fmt.Errorf("list due items: %w", err)
	}
	keys := make([]platform.Key, len(all))
	for i := range all {
		keys[i] = all[i].Key
	}
	return keys, nil
}

// dueOf lists one shard of the index, the earliest first.
func (t *Table) dueOf(shard string, from, until time.Time) list[dueKey] {
	first := int64(0)
	if !from.IsZero() {
		first = from.UnixMilli()
	}
	query := &dynamodb.QueryInput{
		TableName: &t.name, IndexName: awssdk.String(DueIndex),
		KeyConditionExpression:    awssdk.String("u = :u AND d BETWEEN :from AND :until"),
		ExpressionAttributeValues: attributes{":u": text(shard), ":from": number(first), ":until": number(until.UnixMilli())},
	}
	return pages(t, query, 0, func(a attributes) (dueKey, bool) {
		// A due time that is no integer is an item's that is damaged, and named all the same.
		due, _ := integer(a, attrDue)
		return dueKey{Key: platform.Key{Partition: whole(textOf(a[attrPartition])), Sort: textOf(a[attrSort])}, due: due}, true
	})
}
