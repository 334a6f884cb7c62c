package tencent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// kafkaTries is how often messages are sent that a broker failed to take.
	kafkaTries = 4
	// maxBatch is how many bytes of messages go out at a time, well below what a
	// topic takes in one batch unless told otherwise.
	maxBatch = 512 << 10
)

// producer is a platform.Queue in a CKafka topic. The group of a message is its
// key, which chooses the partition. A message is sent once all replicas of its
// partition have it; when an answer is lost, it may come twice.
//
// It speaks of Kafka's protocol what one topic without access control needs, in
// the versions of Kafka 0.11: a whole client makes each function 1.6 MB larger.
type producer struct {
	seeds []string // brokers to ask first
	topic string
	turn  chan struct{} // holds one value while a call is at work

	// What only the call at work touches.
	partitions []partition // those that have a leader; nil if they are to be asked for
	mu         sync.Mutex
	links      map[string]*link // connections by broker
}

// partition is one of the topic's, and the broker that leads it.
type partition struct {
	number int32
	leader string
}

func openKafka(getenv func(string) string) (*producer, error) {
	for _, name := range []string{varBrokers, varTopic} {
		if getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set", name)
		}
	}
	q := &producer{topic: getenv(varTopic), turn: make(chan struct{}, 1), links: map[string]*link{}}
	for _, broker := range strings.Split(getenv(varBrokers), ",") {
		broker = strings.TrimSpace(broker)
		if host, port, err := net.SplitHostPort(broker); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("%s: %q is not of the form host:port", varBrokers, broker)
		}
		q.seeds = append(q.seeds, broker)
	}
	return q, nil
}

// MaxDelay implements platform.Queue.
func (q *producer) MaxDelay() time.Duration { return 0 }

// Send implements platform.Queue. Calls are at work one after the other.
func (q *producer) Send(ctx context.Context, messages ...platform.Message) []error {
	errs := make([]error, len(messages))
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		for i := range errs {
			errs[i] = fmt.Errorf("send: %w", context.Cause(ctx))
		}
		return errs
	}
	for begin := 0; begin < len(messages); {
		size, end := len(messages[begin].Body), begin+1
		for end < len(messages) && size+len(messages[end].Body) <= maxBatch {
			size += len(messages[end].Body)
			end++
		}
		q.sendSome(ctx, messages[begin:end], errs[begin:end])
		begin = end
	}
	return errs
}

// sendSome sends messages that together are not too large, and those again that
// a broker failed to take.
func (q *producer) sendSome(ctx context.Context, messages []platform.Message, errs []error) {
	left := make([]int, len(messages))
	for i := range left {
		left[i] = i
	}
	for try := 1; ; try++ {
		q.sendOnce(ctx, messages, left, errs)
		var again []int
		for _, n := range left {
			if errs[n] != nil && passesKafka(errs[n]) {
				again = append(again, n)
			}
		}
		if left = again; len(left) == 0 {
			break
		}
		q.partitions = nil // another broker may lead now
		if try == kafkaTries || platform.Pause(ctx, try) != nil {
			break
		}
	}
	for i, err := range errs {
		switch {
		case errors.Is(err, kerr.ThrottlingQuotaExceeded):
			errs[i] = platform.ErrFull
		case err != nil:
			errs[i] = fmt.Errorf("send to topic %s: %w", q.topic, err)
		}
	}
}

// passesKafka reports whether the next try may do better: after a failure on the
// way, and after errors that brokers call passing.
func passesKafka(err error) bool {
	var answered *kerr.Error
	return !errors.As(err, &answered) || answered.Retriable
}

// sendOnce sends messages to the leaders of their partitions, all at once, and
// notes what came of each.
func (q *producer) sendOnce(ctx context.Context, messages []platform.Message, left []int, errs []error) {
	if q.partitions == nil {
		var err error
		if q.partitions, err = q.ask(ctx); err != nil {
			for _, n := range left {
				errs[n] = err
			}
			return
		}
	}
	parts := map[string]map[int32][]int{} // messages by leader and partition
	for _, n := range left {
		to := q.partitions[int(platform.Hash(messages[n].Group)%uint32(len(q.partitions)))]
		if parts[to.leader] == nil {
			parts[to.leader] = map[int32][]int{}
		}
		parts[to.leader][to.number] = append(parts[to.leader][to.number], n)
	}
	var all sync.WaitGroup
	for leader, some := range parts {
		all.Go(func() { q.produce(ctx, leader, messages, some, errs) })
	}
	all.Wait()
}

// produce sends messages to one broker.
func (q *producer) produce(ctx context.Context, leader string, messages []platform.Message, parts map[int32][]int, errs []error) {
	request := newProduce(q.topic, time.Now())
	for number, some := range parts {
		request.add(number, messages, some)
	}
	failed, err := request.do(ctx, q.link(leader))
	for number, some := range parts {
		for _, n := range some {
			if errs[n] = err; err == nil {
				errs[n] = failed(number)
			}
		}
	}
}

// ask asks one broker after the other who leads the partitions.
func (q *producer) ask(ctx context.Context) (found []partition, err error) {
	for _, broker := range q.seeds {
		if found, err = askLeaders(ctx, q.link(broker), q.topic); err == nil {
			return found, nil
		}
	}
	return nil, err
}

// link is the connection to a broker, which is made when it is used.
func (q *producer) link(broker string) *link {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.links[broker] == nil {
		q.links[broker] = &link{broker: broker}
	}
	return q.links[broker]
}
