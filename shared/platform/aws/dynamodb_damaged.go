package aws

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/shipbell/shipbell/shared/platform"
)

// putDamaged writes an item in place of one that is damaged.
func (t *Table) putDamaged(ctx context.Context, w *platform.Write) error {
	token := newToken()
	condition, values, err := t.damagedAs(ctx, w.Item.Key)
	if err != nil {
		return err
	}
	// The time in seconds is higher than any count of writes.
	_, err = t.calls.put(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: t.encode(&w.Item, t.now().Unix(), token),
		ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	return t.conflict(ctx, err, w.Item.Key, token)
}

// removeDamaged deletes an item that is damaged.
func (t *Table) removeDamaged(ctx context.Context, key platform.Key) error {
	condition, values, err := t.damagedAs(ctx, key)
	if err != nil {
		return err
	}
	_, err = t.calls.delete(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: t.place(key), ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	if refused(err) {
		return platform.ErrConflict
	}
	return err
}

// damagedAs reads an item and gives the condition that it is as it was read, or
// platform.ErrConflict if it is absent or not damaged. Expressions cannot tell an
// integer from another number, so that what was read is decided here.
func (t *Table) damagedAs(ctx context.Context, key platform.Key) (condition string, values attributes, err error) {
	at := platform.Key{Partition: t.spread.partition(key), Sort: key.Sort}
	found := map[platform.Key]attributes{}
	if err := t.getAll(ctx, []attributes{t.place(key)}, found); err != nil {
		return "", nil, err
	}
	a := found[at]
	if a == nil || t.expired(a) || decode(key, a).Damage == nil {
		return "", nil, platform.ErrConflict
	}
	conditions := []string{"attribute_exists(pk)"}
	values = attributes{}
	for _, name := range []string{attrVersion, attrToken} {
		value, given := a[name]
		if !given {
			conditions = append(conditions, "attribute_not_exists("+name+")")
			continue
		}
		conditions = append(conditions, name+" = :"+name)
		values[":"+name] = value
	}
	if len(values) == 0 {
		values = nil // DynamoDB takes no empty map
	}
	return strings.Join(conditions, " AND "), values, nil
}
