package aws_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/oklog/ulid/v2"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/test/emulators"
)

// TestSpreadChanges writes before a change of layout and after it, and finds
// everything with either setting in force.
func TestSpreadChanges(t *testing.T) {
	e := emulators.Start(t)
	table := e.NewTable(t)
	moment := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	before := open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+table).KV
	after := open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+table, "SHIPBELL_DELIVERY_SHARDS=1,4@2026-12-01T00:00:00Z").KV

	var ids []string
	write := func(kv platform.KV, at time.Time) {
		for range 12 {
			id := ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()).String()
			ids = append(ids, id)
			item := platform.Item{Key: platform.Key{Partition: "delivery/default", Sort: id, Spread: true}, Value: []byte(id), Due: at}
			if err := kv.Write(t.Context(), platform.Write{Item: item, If: platform.Absent})[0]; err != nil {
				t.Fatal(err)
			}
		}
	}
	write(before, moment.Add(-time.Hour))
	write(after, moment.Add(-time.Millisecond))
	write(after, moment)
	write(after, moment.Add(time.Hour))
	slices.Sort(ids)
	middle := ids[24] // the first after the change

	for _, test := range []struct {
		r    platform.Range
		want []string
	}{
		{platform.Range{Limit: 1000}, ids},
		{platform.Range{Limit: 30}, ids[:30]},
		{platform.Range{Limit: 5, Descending: true}, []string{ids[47], ids[46], ids[45], ids[44], ids[43]}},
		{platform.Range{From: middle, Limit: 1000}, ids[24:]},
		{platform.Range{To: middle, Limit: 1000}, ids[:24]},
		{platform.Range{From: ids[20], To: ids[30], Limit: 1000}, ids[20:30]},
		{platform.Range{From: ids[20], To: ids[20] + "\x00", Limit: 1000}, ids[20:21]},
	} {
		test.r.Partition, test.r.Spread = "delivery/default", true
		items, err := after.Range(t.Context(), test.r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range items {
			got = append(got, item.Sort)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %d items %v, want %d", test.r, len(got), got, len(test.want))
		}
	}
	for _, id := range ids {
		items, err := after.Get(t.Context(), platform.Key{Partition: "delivery/default", Sort: id, Spread: true})
		if err != nil || string(items[0].Value) != id {
			t.Errorf("%s is not found: %v", id, err)
		}
	}
	keys, err := after.Due(t.Context(), time.Time{}, moment.Add(2*time.Hour), 1000)
	if err != nil || len(keys) != len(ids) {
		t.Fatalf("%d due, %v", len(keys), err)
	}
	for _, key := range keys {
		if key.Partition != "delivery/default" {
			t.Errorf("due in partition %s", key.Partition)
		}
	}
	if got := partitions(t, e, table); len(got) != 4 || got["delivery/default"] < 24 {
		t.Errorf("items by partition: %v", got)
	}
}

// partitions counts the items of the table by partition.
func partitions(t *testing.T, e *emulators.Emulators, table string) map[string]int {
	t.Helper()
	all, err := e.DynamoDBClient().Scan(t.Context(), &dynamodb.ScanInput{TableName: &table, ConsistentRead: awssdk.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, item := range all.Items {
		count[item["pk"].(*types.AttributeValueMemberS).Value]++
	}
	return count
}

// TestOnlyBusyPartitionsAreSpread lays deliveries and a trigger's list of them
// over the shards, evenly, and nothing else.
func TestOnlyBusyPartitionsAreSpread(t *testing.T) {
	e := emulators.Start(t)
	table := e.NewTable(t)
	kv := open(t, e, platform.Needs{}, "SHIPBELL_TABLE="+table, "SHIPBELL_DELIVERY_SHARDS=4").KV
	const n = 80
	for partition, spread := range map[string]bool{"delivery/a": true, "trigger-delivery/a/1": true, "catalog/a": false, "event/a/1": false} {
		var writes []platform.Write
		for i := range n {
			writes = append(writes, platform.Write{Item: platform.Item{Key: platform.Key{Partition: partition, Sort: fmt.Sprintf("%026d", i), Spread: spread}}})
		}
		if err := platform.First(kv.Write(t.Context(), writes...)); err != nil {
			t.Fatal(err)
		}
	}
	got := partitions(t, e, table)
	if len(got) != 10 || got["catalog/a"] != n || got["event/a/1"] != n {
		t.Errorf("items by partition: %v", got)
	}
	for _, partition := range []string{"delivery/a", "delivery/a#1", "delivery/a#2", "delivery/a#3", "trigger-delivery/a/1#3"} {
		if got[partition] < n/8 {
			t.Errorf("%s holds %d of %d", partition, got[partition], n)
		}
	}
}
