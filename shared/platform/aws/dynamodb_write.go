package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/shipbell/shipbell/shared/platform"
)

// An expired item counts as absent in every condition.
const (
	ifAbsent = "attribute_not_exists(pk) OR x <= :now"
	ifAt     = "n = :n AND (attribute_not_exists(x) OR x > :now)"
	ifLive   = "attribute_not_exists(x) OR x > :now"
)

// Write implements platform.KV. A guard is written before all others, and these
// at once.
func (t *Table) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := make([]error, len(writes))
	begin := 0
	for i := range writes {
		if writes[i].Guarded {
			errs[0] = t.write(ctx, &writes[0])
			begin = 1
			break
		}
	}
	each(len(writes)-begin, func(i int) {
		i += begin
		if writes[i].Guarded && errs[0] != nil {
			errs[i] = platform.ErrSkipped
			return
		}
		errs[i] = t.write(ctx, &writes[i])
	})
	return errs
}

func (t *Table) write(ctx context.Context, w *platform.Write) error {
	var err error
	switch {
	case w.Delete && w.If == platform.Damaged:
		err = t.removeDamaged(ctx, w.Item.Key)
	case w.Delete:
		err = t.remove(ctx, w)
	case w.If == platform.Always:
		err = t.putAlways(ctx, w)
	case w.If == platform.Damaged:
		err = t.putDamaged(ctx, w)
	default:
		err = t.put(ctx, w)
	}
	if err == nil || errors.Is(err, platform.ErrConflict) {
		return err
	}
	return fmt.Errorf("write %s %s: %w", w.Item.Partition, w.Item.Sort, err)
}

// put writes an item that must be absent, or at a version.
func (t *Table) put(ctx context.Context, w *platform.Write) error {
	token := newToken()
	condition, values, version := ifAbsent, attributes{":now": number(t.now().Unix())}, int64(1)
	if w.If != platform.Absent {
		condition, version = ifAt, int64(w.If)+1
		values[":n"] = number(int64(w.If))
	}
	_, err := t.calls.put(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: t.encode(&w.Item, version, token),
		ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	return t.conflict(ctx, err, w.Item.Key, token)
}

// conflict is what a put's error means: platform.ErrConflict if its condition did not
// hold. The SDK repeats a request whose answer was lost, and then the second one finds
// the work of the first.
func (t *Table) conflict(ctx context.Context, err error, key platform.Key, token []byte) error {
	if !refused(err) {
		return err
	}
	mine, err := t.holds(ctx, key, token)
	if err != nil || mine {
		return err
	}
	return platform.ErrConflict
}

// holds reports whether an item was written last by the write with this token.
func (t *Table) holds(ctx context.Context, key platform.Key, token []byte) (bool, error) {
	at := platform.Key{Partition: t.spread.partition(key), Sort: key.Sort}
	found := map[platform.Key]attributes{}
	if err := t.getAll(ctx, []attributes{t.place(key)}, found); err != nil {
		return false, err
	}
	stored, ok := found[at][attrToken].(*types.AttributeValueMemberB)
	return ok && bytes.Equal(stored.Value, token), nil
}

// putAlways writes an item whatever is there, and counts its version up. When
// the SDK repeats the request, the version may rise by two.
func (t *Table) putAlways(ctx context.Context, w *platform.Write) error {
	item := t.encode(&w.Item, 0, newToken())
	values := attributes{":one": number(1), ":now": number(t.now().Unix())}
	var set, remove []string
	for _, name := range []string{attrValue, attrExpires, attrDue, attrDueShard, attrToken} {
		if value, given := item[name]; given {
			set = append(set, name+" = :"+name)
			values[":"+name] = value
		} else {
			remove = append(remove, name)
		}
	}
	expression := "SET " + strings.Join(set, ", ") + " ADD n :one"
	if len(remove) > 0 {
		expression += " REMOVE " + strings.Join(remove, ", ")
	}
	return platform.Retry(ctx, func() (left int, err error) {
		_, err = t.calls.update(ctx, &dynamodb.UpdateItemInput{
			TableName: &t.name, Key: t.place(w.Item.Key), UpdateExpression: &expression,
			ConditionExpression: awssdk.String(ifLive), ExpressionAttributeValues: values,
		})
		if !refused(err) && !mistyped(err) {
			return 0, err
		}
		// What is there has expired or is damaged: a new item takes its place, unless
		// somebody is quicker.
		fresh := platform.Write{Item: w.Item, If: platform.Absent}
		if err := t.put(ctx, &fresh); !errors.Is(err, platform.ErrConflict) {
			return 0, err
		}
		if err := t.putDamaged(ctx, w); !errors.Is(err, platform.ErrConflict) {
			return 0, err
		}
		return 1, errManyChanges
	})
}

var errManyChanges = errors.New("too many changes at once")

// remove deletes an item. When the SDK repeats the request, one that names a
// version may find its own work and call it a conflict.
func (t *Table) remove(ctx context.Context, w *platform.Write) error {
	request := &dynamodb.DeleteItemInput{TableName: &t.name, Key: t.place(w.Item.Key)}
	if w.If > platform.Absent {
		request.ConditionExpression = awssdk.String(ifAt)
		request.ExpressionAttributeValues = attributes{":n": number(int64(w.If)), ":now": number(t.now().Unix())}
	}
	_, err := t.calls.delete(ctx, request)
	if refused(err) {
		return platform.ErrConflict
	}
	return err
}

// mistyped reports whether an item could not be updated because one of its attributes
// has a type that is not ours.
func mistyped(err error) bool {
	var failed smithy.APIError
	return errors.As(err, &failed) && failed.ErrorCode() == "ValidationException"
}

func refused(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}
