package stats

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Counts holds the number of deliveries in each status.
type Counts struct {
	Succeeded int
	// Failing counts those that had failed or were still pending.
	Failing   int
	Cancelled int
}

// Sum is the number of deliveries in all.
func (c Counts) Sum() int { return c.Succeeded + c.Failing + c.Cancelled }

func (c *Counts) add(other Counts) {
	c.Succeeded += other.Succeeded
	c.Failing += other.Failing
	c.Cancelled += other.Cancelled
}

// TriggerCounts are the counts of one trigger.
type TriggerCounts struct {
	Trigger shipbell.ID
	Counts
}

// maxCounted is how many triggers an hour tells apart. Its record is at most some
// 30 KiB, which are written again with every page of deliveries.
const maxCounted = 2000

// tally is the counts of some triggers, in the order of their ids. The deliveries
// of triggers beyond maxCounted are counted under the id 0.
type tally []TriggerCounts

func (t tally) find(id shipbell.ID) (at int, found bool) {
	return slices.BinarySearchFunc(t, id, func(one TriggerCounts, id shipbell.ID) int { return cmp.Compare(one.Trigger, id) })
}

// of is the counts of one trigger.
func (t tally) of(id shipbell.ID) Counts {
	if at, found := t.find(id); found {
		return t[at].Counts
	}
	return Counts{}
}

// add adds counts to those of a trigger.
func (t *tally) add(id shipbell.ID, c Counts) {
	at, found := t.find(id)
	if !found && len(*t) >= maxCounted {
		id = 0
		at, found = t.find(id)
	}
	if !found {
		*t = slices.Insert(*t, at, TriggerCounts{Trigger: id})
	}
	(*t)[at].Counts.add(c)
}

// pack writes a tally in few bytes: for each trigger the distance from the id
// before and the three counts, as varints.
func (t tally) pack() []byte {
	var data []byte
	var last shipbell.ID
	for _, one := range t {
		for _, n := range []int{int(one.Trigger - last), one.Succeeded, one.Failing, one.Cancelled} {
			data = binary.AppendUvarint(data, uint64(n))
		}
		last = one.Trigger
	}
	return data
}

// unpack reads what pack wrote.
func unpack(data []byte) (tally, error) {
	t := make(tally, 0, len(data)/4)
	var last shipbell.ID
	for len(data) > 0 {
		var numbers [4]int
		for i := range numbers {
			n, size := binary.Uvarint(data)
			if size <= 0 {
				return nil, errors.New("the counts are damaged")
			}
			numbers[i], data = int(n), data[size:]
		}
		last += shipbell.ID(numbers[0])
		t = append(t, TriggerCounts{last, Counts{numbers[1], numbers[2], numbers[3]}})
	}
	return t, nil
}
