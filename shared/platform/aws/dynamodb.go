package aws

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/shipbell/shipbell/shared/platform"
)

// The attributes of an item. Their names are short because they are stored, and
// paid for, with every item.
const (
	attrPartition = "pk" // S, the partition key
	attrSort      = "sk" // S, the sort key
	attrValue     = "v"  // B, left out if empty
	attrVersion   = "n"  // N
	attrExpires   = "x"  // N, epoch seconds; the table's TTL attribute
	attrDue       = "d"  // N, epoch milliseconds; the index's sort key
	attrDueShard  = "u"  // S, 00 to 15; the index's partition key
	attrToken     = "t"  // B, tells one write from another
)

// DueIndex is the name of the index of due items. It is sparse: an item has the
// attributes d and u only while it has a due time, so that all other writes cost
// the index nothing. It projects x beside the keys.
const DueIndex = "due"

// dueShards spreads the index: one partition of it takes 1,000 writes a second.
const dueShards = 16

// Table is a platform.KV in one DynamoDB table.
//
// Every write is of one item and conditional, and none is a transaction: a write
// of at most 1 KiB costs one write unit.
type Table struct {
	calls  tableCalls
	name   string
	spread spread
	now    func() time.Time
}

type attributes = map[string]types.AttributeValue

// place is where an item lies in the table.
func (t *Table) place(key platform.Key) attributes {
	return attributes{attrPartition: text(t.spread.partition(key)), attrSort: text(key.Sort)}
}

// encode is the item as it is stored. Its token lets a write that the SDK
// repeated recognise its own work.
func (t *Table) encode(item *platform.Item, version int64, token []byte) attributes {
	a := t.place(item.Key)
	a[attrVersion] = number(version)
	a[attrToken] = &types.AttributeValueMemberB{Value: token}
	if len(item.Value) > 0 {
		a[attrValue] = &types.AttributeValueMemberB{Value: item.Value}
	}
	if !item.Expires.IsZero() {
		a[attrExpires] = number(item.Expires.Unix())
	}
	if !item.Due.IsZero() {
		a[attrDue] = number(item.Due.UnixMilli())
		a[attrDueShard] = text(dueShard(item.Key))
	}
	return a
}

// decode reads an item, whose key is known.
func decode(key platform.Key, a attributes) platform.Item {
	item := platform.Item{Key: key}
	if v, ok := a[attrValue].(*types.AttributeValueMemberB); ok {
		item.Value = v.Value
	}
	version, err := integer(a, attrVersion)
	expires, expiresErr := integer(a, attrExpires)
	due, dueErr := integer(a, attrDue)
	if err = cmp.Or(err, expiresErr, dueErr); err == nil && version < 1 {
		err = errNoVersion
	}
	if err != nil {
		item.Version, item.Damage = int64(platform.Damaged), err
		return item
	}
	item.Version = version
	if expires != 0 {
		item.Expires = time.Unix(expires, 0).UTC()
	}
	if due != 0 {
		item.Due = time.UnixMilli(due).UTC()
	}
	return item
}

var errNoVersion = errors.New("the item has no version")

// integer reads an attribute, 0 if it is not there.
func integer(a attributes, name string) (int64, error) {
	value, found := a[name]
	if !found {
		return 0, nil
	}
	v, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("the attribute %s is not a number", name)
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the attribute %s is not an integer: %q", name, v.Value)
	}
	return n, nil
}

// expired reports whether stored attributes are those of an item that counts as
// absent. DynamoDB deletes it some day.
func (t *Table) expired(a attributes) bool {
	n, err := integer(a, attrExpires)
	return err == nil && n > 0 && n <= t.now().Unix()
}

func dueShard(key platform.Key) string {
	return fmt.Sprintf("%02d", platform.Hash(key.Partition+"\x00"+key.Sort)%dueShards)
}

func newToken() []byte {
	token := make([]byte, 8)
	rand.Read(token) // never fails
	return token
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// atOnce is how many requests one call makes at a time.
const atOnce = 16

// each calls do for every number below n, some at once, and waits for all.
func each(n int, do func(int)) {
	if n == 1 {
		do(0)
		return
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			do(i)
			<-slots
		})
	}
	all.Wait()
}
