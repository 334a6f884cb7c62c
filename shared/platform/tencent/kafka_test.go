package tencent_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
)

const partitions = 6

// startKafka starts a cluster of three brokers that speaks the oldest protocol.
func startKafka(t *testing.T) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(partitions, "shipbell"), kfake.MaxVersions(kversion.V0_11_0()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

// openTopic opens a queue in the cluster's topic.
func openTopic(t *testing.T, brokers ...string) platform.Queue {
	t.Helper()
	return open(t, platform.Needs{Queue: true}, "SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_QUEUE=kafka",
		"SHIPBELL_KAFKA_TOPIC=shipbell", "SHIPBELL_KAFKA_BROKERS="+strings.Join(brokers, ",")).Queue
}

// read gives all records of the topic, as they come, until the test ends.
func read(t *testing.T, cluster *kfake.Cluster, each func(*kgo.Record)) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("shipbell"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			fetches := client.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			fetches.EachRecord(each)
		}
	})
	t.Cleanup(func() { client.Close(); reading.Wait() })
}

// TestTopic runs the suite over a topic whose records are all worked on at once,
// as the platform does.
func TestTopic(t *testing.T) {
	platformtest.Queue(t, func(t *testing.T, handle platformtest.Handler) platform.Queue {
		var running sync.WaitGroup
		t.Cleanup(running.Wait)
		cluster := startKafka(t)
		read(t, cluster, func(r *kgo.Record) {
			running.Go(func() { _ = handle(context.Background(), r.Value) }) // sweep would find it
		})
		return openTopic(t, cluster.ListenAddrs()...)
	})
}

// TestRecords sends each message as a record of its own, with its group as the
// key, and those of one group to one partition.
func TestRecords(t *testing.T) {
	cluster := startKafka(t)
	records := make(chan *kgo.Record, 1000)
	read(t, cluster, func(r *kgo.Record) { records <- r })
	var sent []platform.Message
	want := map[string]string{}
	for i := range 100 {
		m := platform.Message{Group: fmt.Sprint("g", i%20), Body: []byte(fmt.Sprintf("%03d", i) + strings.Repeat("x", 20<<10))}
		sent = append(sent, m)
		want[string(m.Body)] = m.Group
	}
	if err := platform.First(openTopic(t, cluster.ListenAddrs()...).Send(t.Context(), sent...)); err != nil {
		t.Fatal(err)
	}
	at, used := map[string]int32{}, map[int32]bool{}
	for range sent {
		r := <-records
		if group, known := want[string(r.Value)]; !known || string(r.Key) != group {
			t.Fatalf("record %.10q with key %q", r.Value, r.Key)
		}
		delete(want, string(r.Value))
		if partition, seen := at[string(r.Key)]; seen && partition != r.Partition {
			t.Errorf("%s is in partitions %d and %d", r.Key, partition, r.Partition)
		}
		at[string(r.Key)], used[r.Partition] = r.Partition, true
		if time.Since(r.Timestamp).Abs() > time.Hour {
			t.Errorf("a record is of %v", r.Timestamp)
		}
	}
	if len(used) < partitions/2 {
		t.Errorf("20 groups are in %d partitions", len(used))
	}
}

// TestFailingBrokers finds the leaders again after they moved, rides out what
// passes, and tells of the rest which messages it is about.
func TestFailingBrokers(t *testing.T) {
	cluster := startKafka(t)
	q := openTopic(t, append([]string{closedPort(t)}, cluster.ListenAddrs()...)...)
	send := func() []error {
		var messages []platform.Message
		for i := range 30 {
			messages = append(messages, platform.Message{Group: fmt.Sprint(i), Body: []byte("x")})
		}
		return q.Send(t.Context(), messages...)
	}
	if err := platform.First(send()); err != nil {
		t.Fatalf("with a seed that is down: %v", err)
	}
	for i := range int32(partitions) {
		if err := cluster.MoveTopicPartition("shipbell", i, (cluster.LeaderFor("shipbell", i)+1)%3); err != nil {
			t.Fatal(err)
		}
	}
	if err := platform.First(send()); err != nil {
		t.Errorf("after the leaders moved: %v", err)
	}
	var answer atomic.Pointer[func(kmsg.Request) (kmsg.Response, error, bool)]
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return (*answer.Load())(request)
	})
	for _, test := range []struct {
		code  *kerr.Error
		times int32 // how often a broker fails
		want  error
	}{
		{kerr.NotEnoughReplicas, 1, nil},
		{kerr.RequestTimedOut, 3, nil},
		{kerr.NotEnoughReplicas, 99, kerr.NotEnoughReplicas},
		{kerr.TopicAuthorizationFailed, 99, kerr.TopicAuthorizationFailed},
		{kerr.ThrottlingQuotaExceeded, 99, platform.ErrFull},
		{nil, 1, nil}, // the connection ends
	} {
		var failed atomic.Int32
		fail := func(request kmsg.Request) (kmsg.Response, error, bool) {
			switch {
			case failed.Add(1) > test.times:
				return nil, nil, false
			case test.code == nil:
				return nil, errors.New("end the connection"), true
			}
			return refuse(request.(*kmsg.ProduceRequest), test.code.Code), nil, true
		}
		answer.Store(&fail)
		errs := send()
		if test.want == nil {
			if err := platform.First(errs); err != nil {
				t.Errorf("%v, %d times: %v", test.code, test.times, err)
			}
		} else if slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, test.want) }) {
			t.Errorf("%v, %d times: got %v, want %v for all", test.code, test.times, errs, test.want)
		}
	}
}

// refuse answers the same error for every partition of a request.
func refuse(request *kmsg.ProduceRequest, code int16) kmsg.Response {
	answer := request.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range request.Topics {
		to := kmsg.NewProduceResponseTopic()
		to.Topic = topic.Topic
		for _, one := range topic.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.ErrorCode = one.Partition, code
			to.Partitions = append(to.Partitions, p)
		}
		answer.Topics = append(answer.Topics, to)
	}
	return answer
}

// TestKafkaAway fails without brokers, and with one that does not answer no later
// than the context.
func TestKafkaAway(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	if err := openTopic(t, closedPort(t)).Send(t.Context(), platform.Message{Body: []byte("x")})[0]; err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("without a broker: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := openTopic(t, silent.Addr().String()).Send(ctx, platform.Message{Body: []byte("x")})[0]; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a silent broker: %v", err)
	}
	if passed := time.Since(begin); passed > 2*time.Second {
		t.Errorf("the silent broker took %v", passed)
	}
	cluster := startKafka(t)
	q := openTopic(t, cluster.ListenAddrs()...)
	if err := q.Send(t.Context(), platform.Message{Body: []byte("x")})[0]; err != nil {
		t.Fatal(err)
	}
	cluster.Close()
	if err := q.Send(t.Context(), platform.Message{Body: []byte("x")})[0]; err == nil {
		t.Error("a message was sent after the end")
	}
	unknown := open(t, platform.Needs{Queue: true}, "SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_QUEUE=kafka",
		"SHIPBELL_KAFKA_TOPIC=none", "SHIPBELL_KAFKA_BROKERS="+startKafka(t).ListenAddrs()[0]).Queue
	if err := unknown.Send(t.Context(), platform.Message{Body: []byte("x")})[0]; !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("a topic that is not there: %v", err)
	}
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
