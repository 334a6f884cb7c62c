package local

import (
	"cmp"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// overhead is what a message takes in memory beside its bytes.
const overhead = 200

func cost(body []byte) int { return len(body) + overhead }

// owner is the groups of one owner.
type owner struct {
	name    string
	groups  map[string]*group
	turn    []*group // with a message waiting and a worker to spare, in the order of their turns
	bytes   int
	working int
}

// group is the messages of one group; it is in turn at most once.
type group struct {
	owner    *owner
	name     string
	messages []waiting
	known    map[string]bool // the messages, by their bodies
	delayed  []*delayed
	bytes    int // of messages and delayed
	working  int
	inTurn   bool
	held     bool // in the queue's held
}

// waiting is a message that waits for a worker.
type waiting struct {
	body  []byte
	since time.Time
}

// delayed is a message that is held back.
type delayed struct {
	message platform.Message
	timer   *time.Timer
}

func (q *Queue) group(m platform.Message) *group {
	name := cmp.Or(m.Owner, m.Group)
	o := q.owners[name]
	if o == nil {
		o = &owner{name: name, groups: map[string]*group{}}
		q.owners[name] = o
	}
	g := o.groups[m.Group]
	if g == nil {
		g = &group{owner: o, name: m.Group, known: map[string]bool{}}
		o.groups[m.Group] = g
	}
	return g
}

// forget drops a group with nothing waiting and nothing being worked on.
func (q *Queue) forget(g *group) {
	if g.bytes > 0 || g.working > 0 {
		return
	}
	if delete(g.owner.groups, g.name); len(g.owner.groups) == 0 {
		delete(q.owners, g.owner.name)
	}
}

func (q *Queue) count(g *group, bytes int) {
	g.bytes += bytes
	g.owner.bytes += bytes
	q.bytes += bytes
}

func (q *Queue) push(g *group, body []byte) {
	q.count(g, cost(body))
	g.messages = append(g.messages, waiting{body, time.Now()})
	g.known[string(body)] = true
	q.queueUp(g)
}

// pop takes the oldest message of a group.
func (q *Queue) pop(g *group) []byte {
	body := g.messages[0].body
	g.messages[0] = waiting{}
	g.messages = g.messages[1:]
	delete(g.known, string(body))
	q.count(g, -cost(body))
	return body
}

// delay holds a message back.
func (q *Queue) delay(g *group, m platform.Message) {
	held := &delayed{message: m}
	held.timer = time.AfterFunc(min(m.Delay, maxDelay), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		at := slices.Index(g.delayed, held)
		if at < 0 {
			return // it gave way
		}
		g.delayed = slices.Delete(g.delayed, at, at+1)
		q.count(g, -cost(m.Body))
		if g.known[string(m.Body)] {
			q.forget(g)
			return
		}
		q.push(g, m.Body)
		q.startWorker()
	})
	g.delayed = append(g.delayed, held)
	q.count(g, cost(m.Body))
}

// fit reports whether a group may hold so many bytes more. It has messages of whoever
// holds most give way, but not to a group that would hold more than that.
func (q *Queue) fit(g *group, bytes int) bool {
	if g.bytes+bytes > q.o.GroupBytes {
		return false
	}
	for q.bytes+bytes > q.o.Bytes {
		most := largest(q.owners, func(o *owner) int { return o.bytes })
		if most.bytes < g.owner.bytes+bytes {
			most = g.owner
		}
		from := largest(most.groups, func(g *group) int { return g.bytes })
		if from == g || most == g.owner && from.bytes < g.bytes+bytes {
			return false
		}
		q.giveWay(from)
	}
	return true
}

// largest is the one of the greatest size; of several, the first by name.
func largest[T any](all map[string]T, size func(T) int) (most T) {
	var name string
	any := false
	for n, one := range all {
		if !any || size(one) > size(most) || size(one) == size(most) && n < name {
			any, name, most = true, n, one
		}
	}
	return most
}

// giveWay removes the newest message of a group, one that is held back before others.
func (q *Queue) giveWay(g *group) {
	gone := platform.Message{Owner: g.owner.name, Group: g.name}
	if n := len(g.delayed); n > 0 {
		g.delayed[n-1].timer.Stop()
		gone = g.delayed[n-1].message
		g.delayed = g.delayed[:n-1]
	} else {
		n := len(g.messages)
		gone.Body = g.messages[n-1].body
		g.messages = g.messages[:n-1]
		delete(g.known, string(gone.Body))
		q.leaveTurn(g)
	}
	q.count(g, -cost(gone.Body))
	q.forget(g)
	if q.w.GaveWay != nil {
		q.w.GaveWay(gone)
	}
}

// leaveTurn takes the turn of a group that has no message any more.
func (q *Queue) leaveTurn(g *group) {
	if !g.inTurn || len(g.messages) > 0 {
		return
	}
	g.inTurn = false
	isGroup, isOwner := func(other *group) bool { return other == g }, func(other *owner) bool { return other == g.owner }
	if g.owner.turn = slices.DeleteFunc(g.owner.turn, isGroup); len(g.owner.turn) == 0 {
		q.turn = slices.DeleteFunc(q.turn, isOwner)
	}
}
